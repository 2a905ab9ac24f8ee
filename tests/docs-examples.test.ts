import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { NewTopology } from '@heliosiq/api';
import { loadConfig } from '@heliosiq/heliosiq/config.ts';
import { sign } from '../packages/notify/src/signature.ts';

const folder = mkdtempSync(join(tmpdir(), 'heliosiq-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first code block of a language on a page. */
function example(page: string, language: string): string {
  const text = readFileSync(join(import.meta.dirname, '..', 'docs', page), 'utf8');
  const code = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text)?.[1];
  if (code === undefined) throw new Error(`${page} has no ${language} example`);
  return code;
}

describe('the examples of the documentation', () => {
  it('configuration: the file is valid', () => {
    const file = join(folder, 'heliosiq.yaml');
    writeFileSync(file, example('configure/README.md', 'yaml'));
    expect(loadConfig({ environment: {}, file })).toMatchObject({ ok: true, config: { port: 8080 } });
  });

  it('topology: the body is what the API takes', () => {
    const body = /-d '([^]*?)'/.exec(example('use/send-signals.md', 'sh'))?.[1] ?? '';
    expect(NewTopology.parse(JSON.parse(body)).edges).toHaveLength(1);
  });

  it('notifications: the receiver accepts what HeliosIQ signs, and nothing else', async () => {
    const file = join(folder, 'receiver.mjs');
    writeFileSync(file, `${example('use/notifications.md', 'js')}\nexport { isGenuine };\n`);
    const { isGenuine } = (await import(pathToFileURL(file).href)) as {
      isGenuine: (header: string, body: string, secret: string) => boolean;
    }; // the page's own function
    const body = '{"version":"4"}';
    const header = sign(body, 'sixteen-characters', Date.now());
    expect(isGenuine(header, body, 'sixteen-characters')).toBe(true);
    expect(isGenuine(header, `${body} `, 'sixteen-characters')).toBe(false);
    expect(isGenuine(header, body, 'another-secret-16')).toBe(false);
  });
});
