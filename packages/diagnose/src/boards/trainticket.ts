import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Casefile, SeriesWindow, TopologyEdge } from '../casefile.ts';
import { rankCauses } from '../rank-causes.ts';
import {
  callEdges,
  compareRequests,
  tallyRequests,
  type RequestRecording,
  type RequestTally,
} from '../request-steps.ts';
import { faultKindScore, type KindCase, type KindScore } from './fault-kind-score.ts';
import {
  accuracyAt,
  auditConfidence,
  calibrate,
  type AuditedAnswer,
  type CalibrationBin,
  type ConfidenceAudit,
  type JudgedRanking,
} from './judged-rankings.ts';
import {
  listMinutes,
  readPodSeries,
  readRequests,
  readTrainTicketCases,
  readTrainTicketTruths,
  type PodSeries,
  type TrainTicketCase,
} from './trainticket-files.ts';

/** One line of `rankings.jsonl`. */
export interface TrainTicketRanking {
  /** `2023-01-30/12_06` */
  readonly case: string;
  readonly verdict: 'fault' | 'no-fault' | 'inconclusive';
  readonly confidence: number;
  readonly ranking: readonly string[];
}

/** What the board reports. */
export interface TrainTicketBoardResult {
  readonly board: 'trainticket';
  readonly set: string;
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: Readonly<Record<string, number | string>>;
  readonly asAt1: number;
  readonly asAt3: number;
  readonly asAt5: number;
  /** The slowest case, reading its logs and traces included. */
  readonly secondsPerCaseMax: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly calibration: readonly CalibrationBin[];
  readonly faultKinds: KindScore;
  /** Halves of the fault-free recordings, judged against the other halves, that were not called a fault. */
  readonly specificity: number;
  readonly quietItems: number;
  readonly audit: ConfidenceAudit;
}

/** Length of a case's logs and traces. */
const WINDOW_MS = 180_000;

/** What is kept of one stretch of recorded requests. */
interface Past {
  readonly tally: RequestTally;
  readonly edges: readonly TopologyEdge[];
}

/** A stretch with all its requests. */
interface Stretch extends Past {
  readonly recording: RequestRecording;
}

function stretchOf(recording: RequestRecording): Stretch {
  return { recording, tally: tallyRequests(recording), edges: callEdges(recording.spans) };
}

/** The first and the second half of the requests of a fault-free recording. */
function quietHalves(folder: string): Stretch[] {
  const { spans, logs } = readRequests(folder, listMinutes(folder));
  const beganMs = new Map<string, number>();
  for (const { traceId, startMs } of spans) beganMs.set(traceId, Math.min(startMs, beganMs.get(traceId) ?? startMs));
  const traces = [...beganMs].sort((a, b) => a[1] - b[1]).map(([traceId]) => traceId);
  const first = new Set(traces.slice(0, traces.length / 2));
  return [true, false].map((isFirst) => {
    const keep = ({ traceId }: { readonly traceId: string }): boolean => first.has(traceId) === isFirst;
    return stretchOf({ spans: spans.filter(keep), logs: logs.filter(keep) });
  });
}

/** A pod's metrics up to the moment the fault was noticed: the last three minutes against all before. */
function seriesOf({ service, metric, timesMs, values }: PodSeries, noticedAtMs: number): SeriesWindow[] {
  const end = timesMs.findIndex((atMs) => atMs > noticedAtMs);
  const known = end < 0 ? timesMs.length : end;
  const from = timesMs.findIndex((atMs) => atMs > noticedAtMs - WINDOW_MS);
  const cut = from < 0 ? known : Math.min(from, known);
  if (known === 0) return [];
  const part = (start: number, stop: number): SeriesWindow['baseline'] => ({
    timesMs: timesMs.subarray(start, stop),
    values: values.subarray(start, stop),
  });
  return [{ asset: service, metric, baseline: part(0, cut), fault: part(cut, known) }];
}

function casefileOf(
  noticedAtMs: number,
  now: Stretch,
  known: { readonly past: readonly Past[]; readonly series: readonly PodSeries[] },
): Casefile {
  const series = known.series.flatMap((one) => seriesOf(one, noticedAtMs));
  return {
    window: { baselineFromMs: 0, faultFromMs: noticedAtMs - WINDOW_MS, faultToMs: noticedAtMs },
    series,
    edges: [now, ...known.past].flatMap(({ edges }) => edges),
    changes: [],
    ...compareRequests(
      known.past.map(({ tally }) => tally),
      now.recording,
    ),
  };
}

interface RankedCase {
  readonly line: TrainTicketRanking;
  readonly top: number;
  readonly hypotheses: KindCase['hypotheses'];
}

function rank(name: string, casefile: Casefile): RankedCase {
  const { verdict, confidence, hypotheses } = rankCauses(casefile);
  const line = { case: name, verdict, confidence, ranking: hypotheses.map(({ asset }) => asset) };
  return { line, top: hypotheses[0]?.confidence ?? 0, hypotheses };
}

/**
 * Measures the ranker on faults in TrainTicket as recorded for Nezha (Yu et al., ESEC/FSE 2023): logs, traces and metrics of
 * 47 services. What was recorded before a case is its history: the fault-free recordings of its day and of earlier ones, and the
 * minutes of earlier cases, whose answers are not known. Writes `rankings.jsonl` to `outDir` before any label is read; throws
 * an error that names the file for missing or malformed data.
 */
export async function runTrainTicketBoard(options: {
  readonly dataDir: string;
  readonly outDir?: string;
}): Promise<TrainTicketBoardResult> {
  const startedMs = performance.now();
  const { dataDir, outDir } = options;
  const cases = readTrainTicketCases(dataDir).sort((a, b) => (a.name < b.name ? -1 : 1));
  const days = [...new Set(cases.map(({ day }) => day))];
  const quiet = new Map<string, Past>();
  const metrics = new Map<string, PodSeries[]>();
  const ranked: RankedCase[] = [];
  const controls: TrainTicketRanking[] = [];
  const earlier: Past[] = [];
  let secondsPerCaseMax = 0;
  for (const day of days) {
    const folder = join(dataDir, 'fault-free', day);
    const { tally, edges } = stretchOf(readRequests(folder, listMinutes(folder)));
    quiet.set(day, { tally, edges });
    metrics.set(day, readPodSeries(join(dataDir, 'faults', day)));
  }
  const quietUntil = (day: string): Past[] => [...quiet].flatMap(([other, stretch]) => (other <= day ? [stretch] : []));
  const investigate = (one: TrainTicketCase): void => {
    const caseMs = performance.now();
    const now = stretchOf(readRequests(join(dataDir, 'faults', one.day), one.minutes));
    const past = [...quietUntil(one.day), ...earlier];
    ranked.push(rank(one.name, casefileOf(one.noticedAtMs, now, { past, series: metrics.get(one.day) ?? [] })));
    earlier.push({ tally: now.tally, edges: now.edges });
    secondsPerCaseMax = Math.max(secondsPerCaseMax, (performance.now() - caseMs) / 1000);
  };
  cases.forEach(investigate);
  for (const day of days) {
    const halves = quietHalves(join(dataDir, 'fault-free', day));
    const others = [...quiet].flatMap(([other, one]) => (other === day ? [] : [one]));
    for (const [index, half] of halves.entries()) {
      const past = [...halves.filter((one) => one !== half), ...others];
      controls.push(rank(`${day}/fault-free/${index + 1}`, casefileOf(0, half, { past, series: [] })).line);
    }
  }
  if (outDir !== undefined) {
    await mkdir(outDir, { recursive: true });
    const text = (lines: readonly TrainTicketRanking[]): string =>
      lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeFile(join(outDir, 'rankings.jsonl'), text(ranked.map(({ line }) => line)));
    await writeFile(join(outDir, 'controls.jsonl'), text(controls));
  }
  const truths = readTrainTicketTruths(dataDir);
  const judged = ranked.map(({ line, top }): JudgedRanking => ({
    group: line.case,
    truth: truths.get(line.case)?.service ?? '',
    ranking: line.ranking,
    confidence: top,
  }));
  const audited = [
    ...ranked.map(({ line }): AuditedAnswer => ({
      ...line,
      first: line.ranking[0],
      truth: truths.get(line.case)?.service ?? '',
    })),
    ...controls.map((line): AuditedAnswer => ({ ...line, first: line.ranking[0], truth: undefined })),
  ];
  return {
    board: 'trainticket',
    set: basename(resolve(dataDir)),
    items: ranked.length,
    seconds: (performance.now() - startedMs) / 1000,
    rssMib: process.memoryUsage().rss / 2 ** 20,
    settings: {},
    asAt1: accuracyAt(judged, 1),
    asAt3: accuracyAt(judged, 3),
    asAt5: accuracyAt(judged, 5),
    secondsPerCaseMax,
    verdicts: Object.fromEntries(
      [...Map.groupBy(ranked, ({ line }) => line.verdict)].map(([verdict, of]) => [verdict, of.length]),
    ),
    calibration: calibrate(judged),
    faultKinds: faultKindScore(
      ranked.map(({ line, hypotheses }): KindCase => {
        const { service = '', kind = '' } = truths.get(line.case) ?? {};
        return { kind, truth: service, hypotheses };
      }),
    ),
    specificity:
      controls.length === 0 ? 0 : controls.filter(({ verdict }) => verdict !== 'fault').length / controls.length,
    quietItems: controls.length,
    audit: auditConfidence(audited),
  };
}
