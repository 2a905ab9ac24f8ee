import type { Anomaly, AssetId, Edge, Incident, InvestigationStep, TenantId } from '@heliosiq/model';
import type {
  AnomalyStore,
  DiagnosisStore,
  SeriesPoints,
  SeriesStore,
  SeriesSummary,
  SignalStore,
  TimeRange,
  TopologyStore,
  TraceStore,
} from '@heliosiq/ports';
import { assetAnomaliesIn } from './asset-anomalies.ts';
import type { Casefile, CaseWindow, Detection, SeriesWindow, TopologyEdge } from './casefile.ts';
import { assetsAround } from './neighbourhood.ts';
import { faultWindow, surpriseDecades } from './fault-window.ts';
import { createGatheringSteps } from './gathering-steps.ts';
import { gatherExperience, type Experience } from './past-causes.ts';
import { defaultRequestBudget, gatherRequests, type RequestBudget } from './request-gathering.ts';
import { quantile } from './robust-statistics.ts';
import { gatherAlerts, gatherLogSteps } from './told-gathering.ts';

/** The stores that evidence is drawn from. */
export interface EvidencePorts {
  readonly series: SeriesStore;
  readonly signals: SignalStore;
  readonly topology: TopologyStore;
  readonly anomalies: AnomalyStore;
  /** Absent where no traces are kept. */
  readonly traces?: TraceStore;
  /** What people said the causes of earlier incidents were; absent where nobody is asked. */
  readonly diagnoses?: Pick<DiagnosisStore, 'knownCauses'>;
}

/** What one investigation may cost. */
export interface EvidenceBudget {
  readonly timeMs: number;
  /** For any one source. */
  readonly sourceTimeMs: number;
  readonly assetsMax: number;
  readonly seriesMax: number;
  /** Samples read over all series; decides how long a past is looked at. */
  readonly samplesMax: number;
  /** Log lines, and alarms, read of either side of the onset. */
  readonly signalsMax: number;
  readonly requests: RequestBudget;
}

export const defaultEvidenceBudget: EvidenceBudget = {
  timeMs: 10_000,
  sourceTimeMs: 6_000,
  assetsMax: 200,
  seriesMax: 500,
  samplesMax: 1_000_000,
  signalsMax: 5_000,
  requests: defaultRequestBudget,
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

/** Edges of the topology between the assets, and those that only traces tell of, which say so. */
function joinedEdges(known: readonly Edge[], traced: readonly TopologyEdge[]): TopologyEdge[] {
  const there = new Set(known.map(({ from, to }) => `${from}\u0000${to}`));
  return [
    ...known,
    ...traced
      .filter(({ from, to }) => !there.has(`${from}\u0000${to}`))
      .map((edge): TopologyEdge => ({ ...edge, inferredFrom: 'traces' })),
  ];
}

/**
 * Gathers what is known around an incident from the stores within a budget: topology, members, the samples of the
 * affected assets and all they depend on, recorded changes, alarms, log lines, traces, and what people said of earlier incidents.
 * What a store cannot give in time is named in `missing`; only `signal` ends the whole.
 */
export async function gatherEvidence(
  ports: EvidencePorts,
  subject: { readonly tenantId: TenantId; readonly incident: Incident },
  options: {
    readonly budget: EvidenceBudget;
    readonly signal: AbortSignal;
    readonly onStep?: ((step: InvestigationStep) => void) | undefined;
  },
): Promise<GatheredEvidence> {
  const { tenantId, incident } = subject;
  const { budget, signal, onStep } = options;
  const steps = createGatheringSteps({
    timeMs: budget.sourceTimeMs,
    signal,
    inTime: AbortSignal.timeout(budget.timeMs),
    onStep,
  });
  const [topology, anomalies] = await Promise.all([
    steps.gather({
      name: 'topology',
      ask: () => ports.topology.get(tenantId),
      fallback: { assets: [], edges: [] },
      failed: 'The topology could not be read.',
      tell: ({ assets, edges }) => ({
        text: `${assets.length} assets, ${edges.length} edges`,
        items: assets.length + edges.length,
      }),
    }),
    steps.gather({
      name: 'anomalies',
      ask: async () =>
        incident.anomalyIds.length === 0
          ? []
          : ports.anomalies.find(tenantId, { ids: incident.anomalyIds }, { limit: ANOMALIES_MAX }),
      fallback: [],
      failed: "The incident's anomalies could not be read.",
      tell: (found) => ({ text: `${found.length} member anomalies`, items: found.length }),
    }),
  ]);
  const around = assetsAround(incident, topology.edges, budget.assetsMax);
  if (around.truncated) steps.note(`Only the ${budget.assetsMax} nearest assets were looked at.`);
  const listed = await steps.gather({
    name: 'series',
    ask: () => ports.series.list(tenantId, { assets: around.assets }, { limit: LISTED_PER_READ * budget.seriesMax }),
    fallback: [],
    failed: 'The list of series could not be read.',
    tell: (found) => ({ text: `${found.length} series of ${around.assets.length} assets`, items: found.length }),
  });
  const { assets, summaries } = nearestSeries(around.assets, listed, budget.seriesMax);
  if (assets.length < around.assets.length)
    steps.note(`Of ${around.assets.length} assets only the metrics of the ${assets.length} nearest were read.`);
  const intervalMs = intervalOf(summaries);
  const fault = faultWindow(incident, anomalies, intervalMs);
  const affordableMs = (budget.samplesMax / Math.max(1, summaries.length)) * intervalMs;
  const wantedMs = Math.max(BASELINE_WANTED_MS, BASELINE_SAMPLES * intervalMs);
  const baselineMs = Math.min(wantedMs, Math.max(BASELINE_MIN_MS, affordableMs));
  const window: CaseWindow = { baselineFromMs: fault.from - baselineMs, faultFromMs: fault.from, faultToMs: fault.to };
  const range: TimeRange = { from: Math.floor(window.baselineFromMs), to: window.faultToMs };
  const scope = { tenantId, assets, window };
  const [points, changes, alerts, requests, past, assetAnomalies] = await Promise.all([
    steps.gather({
      name: 'metrics',
      ask: (inTime) => ports.series.range(tenantId, { assets }, range, { seriesMax: budget.seriesMax, signal: inTime }),
      fallback: [],
      failed: 'The metrics could not be read in time.',
      tell: (found) => {
        const samples = found.reduce((sum, { values }) => sum + values.length, 0);
        return {
          text: `${samples} samples of ${found.length} series`,
          items: samples,
          isPartial: assets.length < around.assets.length,
        };
      },
    }),
    steps.gather({
      name: 'changes',
      ask: () =>
        ports.signals.find(
          tenantId,
          { kinds: ['change'], assets },
          { from: window.faultFromMs - CHANGES_BACK_MS, to: window.faultToMs },
          { limit: CHANGES_MAX },
        ),
      fallback: [],
      failed: 'Recorded changes could not be read.',
      tell: (found) => ({ text: `${found.length} recorded changes`, items: found.length }),
    }),
    steps.gather({
      name: 'alerts',
      ask: () => gatherAlerts(ports.signals, scope, budget.signalsMax),
      fallback: undefined,
      failed: 'Alarms could not be read.',
      tell: (found) => {
        const items = found?.firings.length ?? 0;
        return { text: `${items} kinds of alarms, ${found?.past.length ?? 0} earlier stretches`, items };
      },
    }),
    steps.gather({
      name: 'traces',
      ask: async () =>
        ports.traces === undefined ? undefined : gatherRequests(ports.traces, { tenantId, window }, budget.requests),
      fallback: undefined,
      failed: 'Traces could not be read in time.',
      tell: (found) => ({
        text:
          found === undefined
            ? 'no traces are kept of this time'
            : `${found.spans} spans, compared with ${found.stretches} earlier stretches`,
        items: found?.spans ?? 0,
        isPartial: found?.isThinned ?? false,
      }),
    }),
    steps.gather({
      name: 'past',
      ask: async (): Promise<Experience> =>
        ports.diagnoses === undefined ? { causes: [] } : gatherExperience(ports.diagnoses, { tenantId, incident }),
      fallback: { causes: [] },
      failed: 'What people said of earlier incidents could not be read.',
      tell: ({ causes, reliability }) => ({
        text: `${causes.length} similar incidents with a known cause, ${reliability?.answers ?? 0} answers that people judged`,
        items: causes.length + (reliability?.answers ?? 0),
      }),
    }),
    steps.gather({
      name: 'whole-assets',
      ask: async () =>
        assetAnomaliesIn(
          await ports.anomalies.find(
            tenantId,
            { assets, range: { from: Math.floor(window.faultFromMs), to: window.faultToMs } },
            { limit: ANOMALIES_MAX },
          ),
          window,
        ),
      fallback: [],
      failed: 'What detectors say of whole assets could not be read.',
      tell: (found) => ({ text: `${found.length} assets that shifted as a whole or fell silent`, items: found.length }),
    }),
  ]);
  const compared = requests === undefined || requests.stretches === 0 ? undefined : requests;
  const logSteps = await steps.gather({
    name: 'logs',
    // Lines of kept traces were counted with their spans.
    ask: () =>
      gatherLogSteps(ports.signals, scope, { countMax: budget.signalsMax, withTraces: compared === undefined }),
    fallback: undefined,
    failed: 'Log lines could not be read in time.',
    tell: (found) => ({ text: `${found?.length ?? 0} kinds of lines`, items: found?.length ?? 0 }),
  });
  const known = new Set<string>(assets);
  const edges = topology.edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  const stepCounts = [...(compared?.steps ?? []), ...(logSteps ?? [])];
  return {
    missing: steps.missing,
    isCutShort: isCutShort(summaries, window, intervalMs),
    casefile: {
      ...(incident.entry === undefined
        ? {}
        : { target: { asset: incident.entry.asset, metric: incident.entry.metric } }),
      window,
      series: points.map((one) => toSeriesWindow(one, window)),
      edges: joinedEdges(edges, requests?.edges ?? []),
      classes: new Map(
        topology.assets.flatMap(({ id, class: assetClass }) =>
          assetClass === undefined || !known.has(id) ? [] : [[id, assetClass] as const],
        ),
      ),
      ...(alerts === undefined ? {} : { alerts }),
      ...(compared === undefined && logSteps === undefined ? {} : { steps: stepCounts }),
      ...(compared === undefined ? {} : { ownTimes: compared.ownTimes }),
      ...(requests?.stretches === 0 ? { isRequestPastUnknown: true } : {}),
      ...(past.causes.length === 0 ? {} : { pastCauses: past.causes }),
      ...(past.reliability === undefined ? {} : { reliability: past.reliability }),
      ...(assetAnomalies.length === 0 ? {} : { assetAnomalies }),
      detections: detectionsIn(anomalies, window),
      changes: changes.flatMap((change) =>
        change.kind === 'change'
          ? [{ id: change.id, asset: change.asset, atMs: change.at, kind: change.change, title: change.title }]
          : [],
      ),
    },
  };
}
