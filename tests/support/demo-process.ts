import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '@heliosiq/api';
import type { Client } from '@heliosiq/api';

const mainFile = join(import.meta.dirname, '..', '..', 'packages', 'heliosiq', 'src', 'main.ts');

/** `heliosiq demo` after it has told its story, still serving its page; disposing it is Ctrl-C. */
export interface DemoProcess extends AsyncDisposable {
  readonly url: string;
  /** Calls as the page does, with the session that the demo gives to its own machine. */
  readonly client: Client;
}

/** Starts the demo on a free port and waits until it invites to its page; rejects with its words when it ends instead. */
export async function startDemo(): Promise<DemoProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', mainFile, 'demo', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-20_000)));
  for await (const line of createInterface({ input: child.stdout })) {
    words = `${words}${line}\n`.slice(-20_000);
    const url = /Look at it: (http:\/\/\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-20_000)));
    return {
      url,
      client: createClient({ baseUrl: url }),
      async [Symbol.asyncDispose]() {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`the demo ended by itself (${child.exitCode ?? child.signalCode}):\n${words}`);
        }
        const ended = once(child, 'exit');
        child.kill('SIGINT');
        await ended;
      },
    };
  }
  throw new Error(`the demo ended before its story was told:\n${words}`);
}
