import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig, printableConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'heliosiq-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const file = join(folder, `${Math.random()}.yaml`);
  writeFileSync(file, text);
  return file;
}

function problemsOf(outcome: ReturnType<typeof loadConfig>): string {
  return outcome.ok
    ? ''
    : outcome.problems.map(({ where, problem, cure }) => `${where} | ${problem} | ${cure}`).join('\n');
}

describe('the configuration', () => {
  it('has a working default for everything', () => {
    const outcome = loadConfig({ environment: {}, file: fileWith('') });
    expect(outcome.ok && outcome.config).toMatchObject({
      port: 7070,
      host: '127.0.0.1',
      role: 'all',
      loopbackSession: false,
    });
  });

  it('takes the key of a bucket also from where the tools of AWS find it, its own settings first', () => {
    const aws = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secretexample', AWS_REGION: 'eu-1' };
    const file = fileWith('blobs:\n  s3-bucket: bronze\n  s3-region: eu-2\n');
    const outcome = loadConfig({ environment: { ...aws, HELIOS_BLOBS_S3_ACCESS_KEY_ID: 'OWN' }, file });
    expect(outcome.ok && outcome.config).toMatchObject({
      ...{ blobBucket: 'bronze', blobRegion: 'eu-2', blobAccessKeyId: 'OWN', blobSecretAccessKey: 'secretexample' },
    });
    expect(outcome.ok && JSON.stringify(printableConfig(outcome))).not.toMatch(/secretexample|OWN|AKIDEXAMPLE/);
    // On a machine that only has them they say nothing of blobs.
    expect(loadConfig({ environment: aws, file: fileWith('') }).ok).toBe(true);
  });

  it('refuses a bucket that is half described', () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['blobs:\n  s3-endpoint: http://127.0.0.1:1\n', /a bucket is described, but not named/],
      ['blobs:\n  s3-bucket: bronze\n  dir: there\n', /both a folder and a bucket/],
      ['blobs:\n  s3-bucket: bronze\n  s3-access-key-id: A\n', /the key of the bucket or its secret is missing/],
      ['blobs:\n  s3-bucket: Bronze_1\n', /lower-case letters/],
      ['blobs:\n  s3-bucket: bronze\n  s3-prefix: /a/\n', /segments parted by/],
    ];
    for (const [text, words] of wrong) {
      expect(problemsOf(loadConfig({ environment: {}, file: fileWith(text) }))).toMatch(words);
    }
  });

  it('takes a flag over a variable over the file over the default', () => {
    const file = fileWith('port: 1\nhost: 10.0.0.1\nlog:\n  level: debug\n');
    const outcome = loadConfig({
      flags: { port: '3' },
      environment: { HELIOS_PORT: '2', HELIOS_HOST: '10.0.0.2' },
      file,
    });
    expect(outcome.ok && outcome.config).toMatchObject({
      port: 3,
      host: '10.0.0.2',
      logLevel: 'debug',
    });
  });

  it('keeps data in the clone by default, and a given folder where the command is typed', () => {
    const byDefault = loadConfig({ environment: {} });
    expect(byDefault.ok && byDefault.config.data).toBe(join(import.meta.dirname, '..', '..', '..', '.heliosiq'));
    const given = loadConfig({ environment: { HELIOS_DATA: 'here' } });
    expect(given.ok && given.config.data).toBe('here');
  });

  it('lists every problem at once, each with where, what and the cure', () => {
    const words = problemsOf(
      loadConfig({
        flags: { port: '99999' },
        environment: { HELIOS_LOG_LEVL: 'debug', HELIOS_DATABASE_URL: 'mysql://x' },
        file: fileWith('auth:\n  jwt-secrt: abc\n'),
      }),
    );
    expect(words).toContain('--port | port: "99999" is not valid | give a whole number from 0 to 65535');
    expect(words).toContain('HELIOS_LOG_LEVL | there is no such setting | did you mean "HELIOS_LOG_LEVEL"?');
    expect(words).toContain('there is no setting "auth.jwt-secrt" | did you mean "auth.jwt-secret"?');
    expect(words).toMatch(/HELIOS_DATABASE_URL \| .* \| give a URL that starts with postgres:\/\//);
  });

  it('never shows a secret, neither when it prints nor when it complains', () => {
    const secret = 'postgres://helios:hunter2hunter2@db/helios';
    const outcome = loadConfig({ environment: { HELIOS_DATABASE_URL: secret } });
    expect(outcome.ok && JSON.stringify(printableConfig(outcome))).not.toContain('hunter2');
    expect(problemsOf(loadConfig({ environment: { HELIOS_AUTH_JWT_SECRET: 'hunter2' } }))).not.toContain('hunter2');
  });

  it('refuses JWTs without issuer and audience', () => {
    const environment = { HELIOS_AUTH_JWT_SECRET: 'x'.repeat(32) };
    expect(problemsOf(loadConfig({ environment }))).toContain('without issuer and audience');
  });

  it('refuses a session without a key when others can reach the program', () => {
    const environment = { HELIOS_HOST: '0.0.0.0', HELIOS_AUTH_LOOPBACK_SESSION: 'true' };
    expect(problemsOf(loadConfig({ environment }))).toContain('a session without a key');
  });

  it('reads webhooks from the file and, as JSON, from the environment', () => {
    const hook = { name: 'pager', url: 'https://hooks.example.org/x', secret: 's'.repeat(16) };
    const fromFile = loadConfig({
      environment: {},
      file: fileWith(`notify:\n  webhooks:\n    - ${JSON.stringify(hook)}\n`),
    });
    const fromVariable = loadConfig({ environment: { HELIOS_NOTIFY_WEBHOOKS: JSON.stringify([hook]) } });
    expect(fromFile.ok && fromFile.config.webhooks).toEqual([hook]);
    expect(fromVariable.ok && fromVariable.config.webhooks).toEqual([hook]);
    expect(problemsOf(loadConfig({ environment: { HELIOS_NOTIFY_WEBHOOKS: '[{' } }))).toContain('JSON: an array');
  });

  it('takes each source of documents from one place, and an index of documents with its database', () => {
    const problemsWith = (environment: Readonly<Record<string, string>>) =>
      problemsOf(loadConfig({ environment, file: fileWith('') }));
    const sources = (source: object) => ({ HELIOS_KNOWLEDGE_SOURCES: JSON.stringify([{ name: 'n', ...source }]) });
    expect(problemsWith(sources({ web: 'https://docs.example.com/', allowPrivate: true }))).toBe('');
    for (const source of [{}, { web: 'https://x.example/', folder: '/x' }]) {
      expect(problemsWith(sources(source))).toContain('give one of folder, git and web');
    }
    expect(problemsWith(sources({ web: 'file:///etc/passwd' }))).toContain('http://');
    const [index, url] = [
      { HELIOS_KNOWLEDGE_INDEX: 'pgvector' },
      { HELIOS_KNOWLEDGE_INDEX_URL: 'postgres://u:hunter2@h/d' },
    ];
    expect(problemsWith({ ...index, ...url })).toBe('');
    expect(problemsWith({ ...index, HELIOS_DATABASE_URL: 'postgres://h/d' })).toBe('');
    expect(problemsWith(index)).toContain('HELIOS_KNOWLEDGE_INDEX_URL');
    expect(problemsWith(url)).toContain('--knowledge-index pgvector');
  });

  it('says so when the named file is missing or is no YAML', () => {
    expect(problemsOf(loadConfig({ environment: {}, file: join(folder, 'absent.yaml') }))).toContain('does not exist');
    expect(problemsOf(loadConfig({ environment: {}, file: fileWith('a: [1') }))).toContain('mend the YAML');
  });
});
