import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';

const setupPages = join(import.meta.dirname, '../../docs/setup');

/** The command of a page on setting up that begins with a word, as its arguments; `replaced` puts places of a test in. */
export function argumentsOnPage(page: string, command: string, replaced: Readonly<Record<string, string>>): string[] {
  const text = readFileSync(join(setupPages, page), 'utf8');
  const [, code] = new RegExp(`\`\`\`sh\\n${command} ([^]*?)\`\`\``).exec(text) ?? [];
  if (code === undefined) throw new Error(`${page} has no command ${command}`);
  const words = code.split(/[\s\\]+/).filter((word) => word !== '');
  return words.map((word) =>
    Object.entries(replaced).reduce((filled, [from, to]) => filled.replaceAll(from, to), word),
  );
}

/** A program of others as a process of its own. */
export interface ToolProcess extends AsyncDisposable {
  readonly url: string;
}

/** Starts it and waits until a page of it answers; rejects with its words when it ends instead. */
export async function startTool(options: {
  readonly binary: string;
  readonly flags: readonly string[];
  readonly url: string;
  /** Path of the page. */
  readonly answers: string;
}): Promise<ToolProcess> {
  const { binary, flags, url, answers } = options;
  const child = spawn(binary, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-20_000)));
  await vi.waitFor(
    async () => {
      // Its end is told at once, not after the wait.
      if (child.exitCode === null && !(await fetch(`${url}${answers}`)).ok) throw new Error('not ready');
    },
    { timeout: 90_000, interval: 50 },
  );
  if (child.exitCode !== null) throw new Error(`${binary} did not start:\n${stderr}`);
  return {
    url,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
