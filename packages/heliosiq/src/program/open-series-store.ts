import type { TenantId } from '@heliosiq/model';
import type { SeriesRegistry, SeriesStore } from '@heliosiq/ports';
import type { PortSource } from './open-ports.ts';
import { pemTexts } from './pem-files.ts';
import { seriesNamingRules } from './series-naming.ts';

const dayMs = 86_400_000;

/** What the program has of its own. */
export interface OwnSeries {
  readonly store: SeriesStore;
  readonly registry: SeriesRegistry;
}

/**
 * The store of samples: that of others which the configuration names, else the program's own. Where nothing in the configuration
 * keeps tenants apart over there, it is the first tenant's alone, and the samples of others stay here.
 */
export async function openSeriesStore(
  { config, logger, meter }: Pick<PortSource, 'config' | 'logger' | 'meter'>,
  own: OwnSeries,
  stack: AsyncDisposableStack,
): Promise<SeriesStore> {
  const { seriesUrl: url, seriesWriteUrl, seriesHeaders: headers, seriesExternalLabels: outerLabels } = config;
  if (url === undefined) return own.store;
  // Loaded only where it is wanted.
  const [{ createPrometheusSeriesStore }, { tellsTenantsApart }, { ca }] = await Promise.all([
    import('@heliosiq/adapters/prometheus/series-store.ts'),
    import('@heliosiq/adapters/prometheus/tenant-place.ts'),
    pemTexts({ ca: config.seriesCaFile }),
  ]);
  const writeUrl = seriesWriteUrl ?? `${url.replace(/\/+$/, '')}/api/v1/write`;
  const place = { url, writeUrl: writeUrl === 'off' ? undefined : writeUrl, headers, outerLabels };
  const refused = meter.counter({
    name: 'heliosiq_series_store_refused_total',
    help: 'Samples that the series store of others did not take: too late, too old, or other values for stored times.',
  });
  const store = createPrometheusSeriesStore({
    place,
    rules: seriesNamingRules(config.assetLabels),
    registry: own.registry,
    lookBackMs: config.seriesLookBackDays * dayMs,
    ...(ca === undefined ? {} : { ca }),
    logger,
    onRefused: (_, { samples }) => refused.add(samples),
    now: Date.now,
  });
  stack.use(store);
  return tellsTenantsApart(place) ? store : forTenant(config.tenant, store, own.store);
}

/** Of one tenant in one store, of all others in another. */
function forTenant(tenant: TenantId, theirs: SeriesStore, others: SeriesStore): SeriesStore {
  const of = (tenantId: TenantId): SeriesStore => (tenantId === tenant ? theirs : others);
  return {
    ...(theirs.visibleAfterMs === undefined ? {} : { visibleAfterMs: theirs.visibleAfterMs }),
    append: (tenantId, blocks) => of(tenantId).append(tenantId, blocks),
    range: (tenantId, ...question) => of(tenantId).range(tenantId, ...question),
    list: (tenantId, ...question) => of(tenantId).list(tenantId, ...question),
    scan: (tenantId, ...question) => of(tenantId).scan(tenantId, ...question),
  };
}
