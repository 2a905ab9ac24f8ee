import type { Anomaly, AssetId, Edge, Incident, TenantId } from '@heliosiq/model';
import type {
  AnomalyStore,
  SeriesPoints,
  SeriesStore,
  SeriesSummary,
  SignalStore,
  TimeRange,
  TopologyStore,
} from '@heliosiq/ports';
import type { Casefile, CaseWindow, Detection, SeriesWindow } from './casefile.ts';
import { assetsAround } from './neighbourhood.ts';
import { faultWindow, surpriseDecades } from './fault-window.ts';
import { quantile } from './robust-statistics.ts';
import { gatherAlerts, gatherLogSteps } from './told-gathering.ts';

/** The stores that evidence is drawn from. */
export interface EvidencePorts {
  readonly series: SeriesStore;
  readonly signals: SignalStore;
  readonly topology: TopologyStore;
  readonly anomalies: AnomalyStore;
}

/** What one investigation may cost. */
export interface EvidenceBudget {
  readonly timeMs: number;
  readonly assetsMax: number;
  readonly seriesMax: number;
  /** Samples read over all series; decides how long a past is looked at. */
  readonly samplesMax: number;
  /** Log lines, and alarms, read of either side of the onset. */
  readonly signalsMax: number;
}

export const defaultEvidenceBudget: EvidenceBudget = {
  timeMs: 10_000,
  assetsMax: 200,
  seriesMax: 500,
  samplesMax: 1_000_000,
  signalsMax: 5_000,
};

/** A casefile with what could not be gathered, one sentence each. */
export interface GatheredEvidence {
  readonly casefile: Casefile;
  readonly missing: readonly string[];
  /** The series of some assets had not all been stored up to the end of the fault window when they were read. */
  readonly isCutShort: boolean;
}

const HOUR_MS = 3_600_000;
const BASELINE_WANTED_MS = 48 * HOUR_MS;
const BASELINE_MIN_MS = 2 * HOUR_MS;
/** A past of so many samples is wanted, also of slow series. */
const BASELINE_SAMPLES = 300;
const CHANGES_BACK_MS = 6 * HOUR_MS;
const INTERVAL_DEFAULT_MS = 60_000;
const ANOMALIES_MAX = 1000;
const CHANGES_MAX = 200;
/** Series listed per series read, so that the nearest can be chosen. */
const LISTED_PER_READ = 10;
/** Share of the series that may be late without the data being called incomplete. */
const STRAGGLERS = 0.2;
/** A series that was silent for longer before the fault is not waited for. */
const ALIVE_INTERVALS = 5;

/** Typical distance of samples over many series. */
function intervalOf(summaries: readonly SeriesSummary[]): number {
  const intervals = summaries.flatMap(({ firstAt, lastAt, samples }) =>
    samples > 1 && lastAt > firstAt ? [(lastAt - firstAt) / (samples - 1)] : [],
  );
  return intervals.length === 0 ? INTERVAL_DEFAULT_MS : quantile(Float64Array.from(intervals).sort(), 0.5);
}

/** As many assets, the nearest first, as have no more series together than may be read; always one at least. */
function nearestSeries(
  assets: readonly AssetId[],
  listed: readonly SeriesSummary[],
  seriesMax: number,
): { assets: readonly AssetId[]; summaries: readonly SeriesSummary[] } {
  const byAsset = Map.groupBy(listed, (one) => one.series.asset);
  let count = 0;
  const end = assets.findIndex((asset) => (count += byAsset.get(asset)?.length ?? 0) > seriesMax);
  const kept = end < 0 ? assets : assets.slice(0, Math.max(1, end));
  return { assets: kept, summaries: kept.flatMap((asset) => byAsset.get(asset) ?? []) };
}

/** True when of the series that still spoke at the fault not nearly all reach to the last interval of the window. */
function isCutShort(summaries: readonly SeriesSummary[], window: CaseWindow, intervalMs: number): boolean {
  const alive = summaries.flatMap(({ lastAt }) =>
    lastAt >= window.faultFromMs - ALIVE_INTERVALS * intervalMs ? [lastAt] : [],
  );
  const late = alive.filter((lastAt) => lastAt < window.faultToMs - intervalMs).length;
  return late > STRAGGLERS * alive.length;
}

/** Member anomalies that were seen in the fault window. */
function detectionsIn(anomalies: readonly Anomaly[], window: CaseWindow): Detection[] {
  return anomalies
    .filter((anomaly) => anomaly.lastSeenAt >= window.faultFromMs && anomaly.startedAt <= window.faultToMs)
    .map((anomaly) => ({
      asset: anomaly.series.asset,
      metric: anomaly.series.metric,
      labels: anomaly.series.labels,
      startedMs: anomaly.startedAt,
      value: anomaly.value,
      expected: anomaly.expected,
      deviation: anomaly.deviation,
      surpriseDecades: surpriseDecades(anomaly.score),
      excessDecades: Math.max(0, surpriseDecades(anomaly.score) - surpriseDecades(anomaly.threshold)),
    }));
}

function toSeriesWindow(points: SeriesPoints, window: CaseWindow): SeriesWindow {
  const { series, times, values } = points;
  const inFault = (at: number): boolean => at >= window.faultFromMs;
  const split = (keep: (at: number) => boolean): SeriesWindow['baseline'] => ({
    timesMs: times.filter(keep),
    values: values.filter((_, index) => keep(times[index] ?? 0)),
  });
  return {
    asset: series.asset,
    metric: series.metric,
    labels: series.labels,
    ...(series.unit === undefined ? {} : { unit: series.unit }),
    baseline: split((at) => !inFault(at)),
    fault: split(inFault),
  };
}

/** Runs one gatherer; when it fails or takes too long the investigation goes on without it and says so. */
async function orMissing<Found>(
  gather: Promise<Found>,
  fallback: Found,
  note: () => void,
  stop: AbortSignal,
): Promise<Found> {
  try {
    return await gather;
  } catch (error) {
    stop.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    note();
    return fallback;
  }
}

/**
 * Gathers what is known around an incident from the stores within a budget: topology, members, the samples of the
 * affected assets and all they depend on, recorded changes, alarms and log lines. What a store cannot give in time is named in `missing`;
 * only `signal` ends the whole.
 */
export async function gatherEvidence(
  ports: EvidencePorts,
  subject: { readonly tenantId: TenantId; readonly incident: Incident },
  options: { readonly budget: EvidenceBudget; readonly signal: AbortSignal },
): Promise<GatheredEvidence> {
  const { tenantId, incident } = subject;
  const { budget, signal } = options;
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(budget.timeMs)]);
  const within = async <Found>(work: Promise<Found>): Promise<Found> => {
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(new Error('out of time'));
    if (inTime.aborted) onAbort();
    inTime.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([work, promise]);
    } finally {
      inTime.removeEventListener('abort', onAbort);
    }
  };
  const missing: string[] = [];
  const [topology, anomalies] = await Promise.all([
    orMissing(
      within(ports.topology.get(tenantId)),
      { assets: [], edges: [] },
      () => missing.push('The topology could not be read.'),
      signal,
    ),
    orMissing(
      incident.anomalyIds.length === 0
        ? Promise.resolve([])
        : within(ports.anomalies.find(tenantId, { ids: incident.anomalyIds }, { limit: ANOMALIES_MAX })),
      [],
      () => missing.push("The incident's anomalies could not be read."),
      signal,
    ),
  ]);
  const around = assetsAround(incident, topology.edges, budget.assetsMax);
  if (around.truncated) missing.push(`Only the ${budget.assetsMax} nearest assets were looked at.`);
  const listed = await orMissing(
    within(ports.series.list(tenantId, { assets: around.assets }, { limit: LISTED_PER_READ * budget.seriesMax })),
    [],
    () => missing.push('The list of series could not be read.'),
    signal,
  );
  const { assets, summaries } = nearestSeries(around.assets, listed, budget.seriesMax);
  if (assets.length < around.assets.length)
    missing.push(`Of ${around.assets.length} assets only the metrics of the ${assets.length} nearest were read.`);
  const intervalMs = intervalOf(summaries);
  const fault = faultWindow(incident, anomalies, intervalMs);
  const affordableMs = (budget.samplesMax / Math.max(1, summaries.length)) * intervalMs;
  const wantedMs = Math.max(BASELINE_WANTED_MS, BASELINE_SAMPLES * intervalMs);
  const baselineMs = Math.min(wantedMs, Math.max(BASELINE_MIN_MS, affordableMs));
  const window: CaseWindow = { baselineFromMs: fault.from - baselineMs, faultFromMs: fault.from, faultToMs: fault.to };
  const range: TimeRange = { from: Math.floor(window.baselineFromMs), to: window.faultToMs };
  const scope = { tenantId, assets, window };
  const [points, changes, alerts, steps] = await Promise.all([
    orMissing(
      within(ports.series.range(tenantId, { assets }, range, { seriesMax: budget.seriesMax, signal: inTime })),
      [],
      () => missing.push('The metrics could not be read in time.'),
      signal,
    ),
    orMissing(
      within(
        ports.signals.find(
          tenantId,
          { kinds: ['change'], assets },
          { from: window.faultFromMs - CHANGES_BACK_MS, to: window.faultToMs },
          { limit: CHANGES_MAX },
        ),
      ),
      [],
      () => missing.push('Recorded changes could not be read.'),
      signal,
    ),
    orMissing(
      within(gatherAlerts(ports.signals, scope, budget.signalsMax)),
      undefined,
      () => missing.push('Alarms could not be read.'),
      signal,
    ),
    orMissing(
      within(gatherLogSteps(ports.signals, scope, budget.signalsMax)),
      undefined,
      () => missing.push('Log lines could not be read in time.'),
      signal,
    ),
  ]);
  const known = new Set<string>(assets);
  const edges: readonly Edge[] = topology.edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  return {
    missing,
    isCutShort: isCutShort(summaries, window, intervalMs),
    casefile: {
      ...(incident.entry === undefined
        ? {}
        : { target: { asset: incident.entry.asset, metric: incident.entry.metric } }),
      window,
      series: points.map((one) => toSeriesWindow(one, window)),
      edges,
      classes: new Map(
        topology.assets.flatMap(({ id, class: assetClass }) =>
          assetClass === undefined || !known.has(id) ? [] : [[id, assetClass] as const],
        ),
      ),
      ...(alerts === undefined ? {} : { alerts }),
      ...(steps === undefined ? {} : { steps }),
      detections: detectionsIn(anomalies, window),
      changes: changes.flatMap((change) =>
        change.kind === 'change'
          ? [{ id: change.id, asset: change.asset, atMs: change.at, kind: change.change, title: change.title }]
          : [],
      ),
    },
  };
}
