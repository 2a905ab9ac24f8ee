import type { Config } from '../config/settings.ts';

/** Where people reach the page: the setting, else the listening address. */
export function publicUrlOf({ publicUrl, host, port }: Config): string {
  return publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
