import type { Anomaly, AnomalyId, SeriesId, TenantId } from '@heliosiq/model';
import type { AnomalyStore, TimeRange } from '@heliosiq/ports';

const pageMax = 1000;

/** Which of the stored anomalies. */
export interface StoredAnomaliesQuestion {
  readonly detectors: readonly string[];
  /** Of the start. */
  readonly range: TimeRange;
  readonly wantsSeries: (id: SeriesId) => boolean;
}

/** Every stored anomaly that begins in a range, by id; page by page from the newest start on. */
export async function storedAnomalies(
  store: AnomalyStore,
  tenantId: TenantId,
  { detectors, range, wantsSeries }: StoredAnomaliesQuestion,
): Promise<Map<AnomalyId, Anomaly>> {
  const found = new Map<AnomalyId, Anomaly>();
  for (let { to } = range; to > range.from;) {
    const page = await store.find(tenantId, { range: { from: range.from, to } }, { limit: pageMax });
    for (const anomaly of page) {
      const { startedAt, series } = anomaly;
      const isAsked = detectors.includes(anomaly.detector) && startedAt >= range.from && startedAt < range.to;
      if (isAsked && wantsSeries(series.id)) found.set(anomaly.id, anomaly);
    }
    const last = page.at(-1);
    if (page.length < pageMax || last === undefined || last.startedAt < range.from) break;
    // Some of the same start may be on the next page; where a whole page has one start, the page after it is another start's.
    to = last.startedAt === page[0]?.startedAt ? last.startedAt : last.startedAt + 1;
  }
  return found;
}
