import { createClient } from '@heliosiq/api';
import type { Client } from '@heliosiq/api';
import type { Command } from 'commander';
import { clientEnvironment } from '../config.ts';

/** Options of every command that talks to a running program. */
export interface ClientFlags {
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** Adds `--url`, `--key` and `--json` to a command. */
export function withClientOptions(command: Command): Command {
  return command
    .option('--url <url>', 'address of the running program (HELIOS_URL)')
    .option('--key <key>', 'API key (HELIOS_KEY)')
    .option('--json', 'print JSON');
}

/** The client that the flags and the environment describe. */
export function clientOf(flags: ClientFlags): Client {
  const environment = clientEnvironment();
  const token = flags.key ?? environment.key;
  return createClient({
    baseUrl: (flags.url ?? environment.url ?? 'http://127.0.0.1:7070').replace(/\/$/, ''),
    ...(token === undefined ? {} : { token }),
  });
}
