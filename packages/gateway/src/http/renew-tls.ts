import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:tls';
import type { Logger } from '@heliosiq/ports';
import { readTls } from './tls.ts';
import type { ServerTls, TlsSettings } from './tls.ts';

export interface RenewTlsOptions {
  readonly files: TlsSettings;
  /** What the servers have now. */
  readonly current: ServerTls;
  readonly servers: () => readonly Server[];
  readonly everyMs: number;
  readonly logger: Logger;
}

/**
 * Looks from time to time whether the files hold another certificate, and gives it to the servers: certificates live
 * for weeks, processes longer. Connections that are open stay with the old one, and so do all while the new files
 * cannot be used. Ends with `stop`.
 */
export function renewTls({ files, current, servers, everyMs, logger }: RenewTlsOptions): { stop(): void } {
  let inUse = current;
  let isLooking = false;

  async function look(): Promise<void> {
    const found = await readTls(files);
    if (isSame(found, inUse)) return;
    for (const server of servers()) if (server instanceof TlsServer) server.setSecureContext(found);
    inUse = found;
    logger.info({ certFile: files.certFile }, 'certificate-renewed');
  }

  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    // Files that are just being replaced are looked at again; the log says so if they stay unusable.
    look()
      .catch((error: unknown) => logger.warn({ error, certFile: files.certFile }, 'certificate-not-renewed'))
      .finally(() => (isLooking = false));
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function isSame(one: ServerTls, other: ServerTls): boolean {
  const isSameAuthority = one.ca === undefined ? other.ca === undefined : other.ca?.equals(one.ca) === true;
  return isSameAuthority && one.cert.equals(other.cert) && one.key.equals(other.key);
}
