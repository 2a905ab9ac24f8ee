import { randomUUID } from 'node:crypto';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { Authenticator, Listener, Logger, Meter } from '@heliosiq/ports';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import { intakeDefaults } from '../intake-settings.ts';
import { compileSourceTenants } from './source-tenants.ts';
import type { SyslogAsset } from './syslog-signal.ts';
import { createSyslogStore } from './syslog-store.ts';
import { listenTcp } from './syslog-tcp.ts';
import { listenUdp } from './syslog-udp.ts';

/** Where syslog is taken, and whose it is. */
export interface SyslogSettings {
  readonly host: string;
  /** Absent = not over TCP; 0 = any free port. */
  readonly tcpPort?: number | undefined;
  readonly udpPort?: number | undefined;
  readonly tls?: SyslogTls | undefined;
  /** The tenant of senders that nothing else names; absent = those are refused. */
  readonly tenant?: TenantId | undefined;
  /** Tenants by the sender's network, e.g. `10.1.0.0/16`. */
  readonly sources?: Readonly<Record<string, TenantId>>;
  /** Zone of dates without one: `UTC` or an offset such as `+02:00`. */
  readonly zone?: string;
  /** What names the asset; the host when absent. */
  readonly asset?: SyslogAsset;
  /** Bytes of one message; longer ones are cut and labelled so. */
  readonly messageBytesMax?: number;
  readonly connectionsMax?: number;
  /** Messages over UDP that wait for the log at most; those beyond are shed and counted. */
  readonly udpQueuedMax?: number;
  readonly ageMaxMs?: number;
  readonly futureMaxMs?: number;
}

/** Syslog over TLS (RFC 5425). */
export interface SyslogTls {
  readonly port: number;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** PEM of the authority of client certificates; when given, one is demanded and names the tenant. */
  readonly clientCa?: string | undefined;
}

export interface SyslogDeps {
  readonly telemetry: TelemetryIntake;
  readonly authenticator?: Authenticator;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings: SyslogSettings;
}

/** A transport that was opened. */
export interface OpenTransport {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Takes syslog of RFC 5424 and RFC 3164 over UDP, TCP and TLS. Syslog has no acknowledgement: over TCP a sender is held
 * back while the log or a quota holds back, and nothing that was read is dropped; over UDP what cannot be kept is shed
 * and counted. Throws `config-invalid` for a network that is none, and for client certificates without an authenticator.
 */
export function createSyslogListener(deps: SyslogDeps): Listener {
  const { settings, logger } = deps;
  if (settings.tls?.clientCa !== undefined && deps.authenticator === undefined) {
    throw new HeliosError('config-invalid', 'Syslog demands client certificates, but nobody can tell whose they are', {
      cure: 'give an authenticator, or leave the client authority out',
    });
  }
  const sources = compileSourceTenants(settings.sources ?? {});
  const tenantOf = (address: string): TenantId | undefined => sources(address) ?? settings.tenant;
  const open: OpenTransport[] = [];
  const stopping = new AbortController();
  const store = createSyslogStore({
    ...deps,
    stopping: stopping.signal,
    run: randomUUID(),
    settings: {
      zone: settings.zone ?? 'UTC',
      asset: settings.asset ?? 'host',
      ageMaxMs: settings.ageMaxMs ?? intakeDefaults.ageMaxMs,
      futureMaxMs: settings.futureMaxMs ?? intakeDefaults.futureMaxMs,
    },
  });
  const common = {
    ...deps,
    store,
    tenantOf,
    messageBytesMax: settings.messageBytesMax ?? 65_536,
    connectionsMax: settings.connectionsMax ?? 1000,
    queuedMax: settings.udpQueuedMax ?? 20_000,
  };

  async function close(): Promise<void> {
    stopping.abort();
    await Promise.all(open.splice(0).map((transport) => transport.close()));
  }

  return {
    name: 'syslog',
    async listen() {
      const { host, tcpPort, udpPort, tls } = settings;
      try {
        if (udpPort !== undefined) open.push(await listenUdp(common, { host, port: udpPort }));
        if (tcpPort !== undefined) open.push(await listenTcp(common, { host, port: tcpPort }));
        if (tls !== undefined) open.push(await listenTcp(common, { host, port: tls.port, tls }));
      } catch (error) {
        await close();
        throw error;
      }
      const url = open.map((transport) => transport.url).join(' ');
      logger.info({ url }, 'syslog-listening');
      return { url };
    },
    close,
  };
}
