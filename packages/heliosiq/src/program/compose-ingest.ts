import { createIngest } from '@heliosiq/ingest';
import type { Ingest, IngestSettings } from '@heliosiq/ingest';
import type { Service } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import { openIngestListeners } from './ingest-listeners.ts';
import { openIngestSources } from './ingest-sources.ts';
import type { ProgramPorts } from './program-ports.ts';
import type { Composition, RoleContext } from './role-context.ts';

const dayMs = 86_400_000;
const otlpPaths = ['/v1/metrics', '/v1/logs', '/v1/traces'];

/** The ports that ways in need. */
export type IngestPorts = Pick<ProgramPorts, 'log' | 'registry' | 'topology' | 'states' | 'lease' | 'tenants'>;

/** The ways in of each process that has one. */
const made = new WeakMap<RoleContext, Ingest>();

/** The one ingest of the process; its services go with whichever role asks first. */
export function ingestOf(
  ports: IngestPorts,
  context: RoleContext,
): { readonly ingest: Ingest; readonly services: readonly Service[] } {
  const known = made.get(context);
  if (known !== undefined) return { ingest: known, services: [] };
  const ingest = createIngest({ ...ports, ...context, settings: settingsOf(context.config) });
  made.set(context, ingest);
  return { ingest, services: ingest.services };
}

/** All ways in, as the configuration opens them. */
export async function composeIngest(ports: IngestPorts, context: RoleContext): Promise<Composition> {
  const { otlpHttpPort, host } = context.config;
  const { ingest, services } = ingestOf(ports, context);
  return {
    services: [...services, ...(await openIngestSources(ingest.core, ports, context))],
    parts: {
      ingest: { signalIntake: ingest.signals, topologyIntake: ingest.topology },
      httpDoors: ingest.httpDoors,
    },
    listeners: await openIngestListeners(ingest.core, ports, context),
    addresses: otlpHttpPort === 'off' ? [] : [{ host, port: otlpHttpPort, paths: otlpPaths }],
  };
}

function settingsOf(config: Config): IngestSettings {
  const { assetLabels, samplesPerSecond, seriesMax, bytesPerDay, tenantLimits: tenants } = config;
  const ageMaxMs = config.ageMaxDays * dayMs;
  return {
    intake: { ageMaxMs },
    remoteWrite: {
      ...{ ageMaxMs, assetLabels },
      haReplicaLabel: config.haReplicaLabel,
      haClusterLabel: config.haClusterLabel,
      haFailoverMs: config.haFailoverS * 1000,
      decodedBytesMax: config.bodyMaxMiB * 2 ** 20,
    },
    otlp: { ageMaxMs, traceItemsPerSecond: config.traceItemsPerSecond },
    alerts: { ageMaxMs, assetLabels },
    logLines: { ageMaxMs, bodyBytesMax: config.bodyMaxMiB * 2 ** 20 },
    limits: { samplesPerSecond, seriesMax, bytesPerDay, tenants },
    pipeline: { rules: config.pipeline, redactsSecrets: config.redactsSecrets },
  };
}
