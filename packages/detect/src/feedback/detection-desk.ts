import { type Anomaly, type AnomalyId, HeliosError, type TenantId, type Tuning, orderedId } from '@heliosiq/model';
import type {
  AnomalyContext,
  AnomalyStore,
  DetectionDesk,
  IncidentStore,
  SeriesStore,
  SimilarAnomaly,
  TuningStore,
} from '@heliosiq/ports';
import { dayRange } from '../calendar/day-range.ts';
import { noiseReport } from './noise-report.ts';
import { seasonalComparison } from './seasonal-comparison.ts';
import { createTuningRules } from './tuning-rules.ts';

/** A dismissal covers deviations up to so many times the dismissed one. */
const dismissalReach = 1.2;
const similarMax = 10;
const incidentsMax = 200;
const noiseAnomaliesMax = 5000;
const pageMax = 1000;
const dayMs = 86_400_000;

export interface DetectionDeskDeps {
  readonly anomalies: AnomalyStore;
  readonly tunings: TuningStore;
  readonly incidents: IncidentStore;
  readonly series: SeriesStore;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
}

/** Where people tell detection what they think of it, and see why it spoke; it works in any process. */
export function createDetectionDesk({ anomalies, tunings, incidents, series, now }: DetectionDeskDeps): DetectionDesk {
  async function anomalyOf(tenantId: TenantId, id: AnomalyId): Promise<Anomaly | undefined> {
    const [anomaly] = await anomalies.find(tenantId, { ids: [id] }, { limit: 1 });
    return anomaly;
  }

  async function similarTo(
    tenantId: TenantId,
    anomaly: Anomaly,
    dismissed: ReadonlySet<AnomalyId>,
  ): Promise<readonly SimilarAnomaly[]> {
    const range = { from: 0, to: anomaly.startedAt };
    const found = await anomalies.find(tenantId, { seriesIds: [anomaly.series.id], range }, { limit: 100 });
    const alike = found
      .filter(
        ({ id, detector, direction }) =>
          id !== anomaly.id && detector === anomaly.detector && direction === anomaly.direction,
      )
      .slice(0, similarMax);
    if (alike.length === 0) return [];
    const known = await incidents.find(tenantId, { assets: [anomaly.series.asset] }, { limit: incidentsMax });
    return alike.map((one) => {
      const incident = known.find(({ anomalyIds }) => anomalyIds.includes(one.id));
      return {
        anomaly: one,
        isDismissed: dismissed.has(one.id),
        ...(incident === undefined
          ? {}
          : {
              incident: {
                id: incident.id,
                title: incident.title,
                status: incident.status,
                openedAt: incident.openedAt,
              },
            }),
      };
    });
  }

  return {
    tunings: (tenantId) => tunings.list(tenantId),

    async tune({ tenantId, actor }, wanted) {
      const stamp = { id: orderedId(), createdAt: now(), createdBy: actor };
      const tuning: Tuning =
        wanted.kind === 'holiday'
          ? {
              ...stamp,
              kind: 'holiday',
              title: wanted.title,
              date: wanted.date,
              ...dayRange(wanted.date, wanted.timeZone ?? 'UTC'),
            }
          : {
              ...stamp,
              kind: 'sensitivity',
              level: wanted.level,
              ...(wanted.seriesId === undefined ? {} : { seriesId: wanted.seriesId }),
              ...(wanted.asset === undefined ? {} : { asset: wanted.asset }),
              ...(wanted.metric === undefined ? {} : { metric: wanted.metric }),
            };
      await tunings.put(tenantId, tuning);
      return tuning;
    },

    async untune({ tenantId }, id) {
      if (!(await tunings.remove(tenantId, id))) throw missing('tuning');
    },

    async dismiss({ tenantId, actor }, id, reason) {
      const anomaly = await anomalyOf(tenantId, id);
      if (anomaly === undefined) throw missing('anomaly');
      const { series: whose, detector, direction, deviation } = anomaly;
      const tuning: Tuning = {
        // One dismissal of an anomaly, however often it is said.
        ...{ kind: 'dismissal', id: `dismissal-${id}`, createdAt: now(), createdBy: actor, anomalyId: id },
        ...{ seriesId: whose.id, asset: whose.asset, metric: whose.metric, detector, direction },
        deviationMax: Number((dismissalReach * Math.abs(deviation)).toPrecision(4)),
        ...(reason === undefined || reason.trim() === '' ? {} : { reason }),
      };
      await tunings.put(tenantId, tuning);
      return tuning;
    },

    async context(tenantId, id) {
      const anomaly = await anomalyOf(tenantId, id);
      if (anomaly === undefined) return undefined;
      const all = await tunings.list(tenantId);
      const dismissed = dismissedBy(all);
      const mutedBy = createTuningRules(all).mutedBy(anomaly);
      const compared = isOfSamples(anomaly)
        ? await seasonalComparison(series, tenantId, {
            ...{
              seriesId: anomaly.series.id,
              at: anomaly.peakAt,
              startedAt: anomaly.startedAt,
              stepMs: stepMsOf(anomaly),
            },
          })
        : {};
      const context: AnomalyContext = {
        ...compared,
        similar: await similarTo(tenantId, anomaly, dismissed),
        chartPath: `/anomalies/${id}`,
        ...(mutedBy === undefined ? {} : { mutedBy }),
      };
      return context;
    },

    async noise(tenantId, range, { limit }) {
      const found: Anomaly[] = [];
      let to = range.to;
      let isCut = false;
      while (to > range.from) {
        const page = await anomalies.find(tenantId, { range: { from: range.from, to } }, { limit: pageMax });
        const fresh = page.filter(({ startedAt }) => startedAt >= range.from);
        found.push(...fresh);
        const last = page.at(-1);
        if (page.length < pageMax || last === undefined || last.startedAt < range.from) break;
        isCut = found.length >= noiseAnomaliesMax;
        if (isCut) break;
        to = last.startedAt;
      }
      const unique = [...new Map(found.map((one) => [one.id, one])).values()];
      const dismissed = dismissedBy(await tunings.list(tenantId));
      return noiseReport(unique, dismissed, { limit, days: (range.to - range.from) / dayMs, isCut });
    },
  };
}

const dismissedBy = (tunings: readonly Tuning[]): ReadonlySet<AnomalyId> =>
  new Set(tunings.flatMap((one) => (one.kind === 'dismissal' ? [one.anomalyId] : [])));

/** True where the numbers of an anomaly are those of its series. */
const isOfSamples = ({ detector }: Anomaly): boolean => detector !== 'silence' && detector !== 'forecast';

const stepMsOf = ({ baseline: { from, to, samples } }: Anomaly): number =>
  Math.max(1000, (to - from) / Math.max(1, samples - 1));

function missing(what: string): HeliosError {
  return new HeliosError('not-found', `There is no such ${what}`, { field: 'id', cure: 'Look it up in the list' });
}
