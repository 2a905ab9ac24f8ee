import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import type { Casefile, SeriesWindow } from '../casefile.ts';
import { rankCauses } from '../rank-causes.ts';
import { failFile, foldersWith, readNumberTable, type NumberTable } from './board-files.ts';
import { faultKindScore, type KindCase, type KindScore } from './fault-kind-score.ts';
import {
  accuracyAt,
  auditConfidence,
  averageAccuracy,
  type AuditedAnswer,
  type ConfidenceAudit,
  type JudgedRanking,
} from './judged-rankings.ts';

/** One line of `rankings.jsonl`. */
export interface RcdRanking {
  /** `carts-cpu/1` */
  readonly case: string;
  readonly verdict: 'fault' | 'no-fault' | 'inconclusive';
  readonly confidence: number;
  readonly ranking: readonly string[];
}

/** What the board reports. */
export interface RcdBoardResult {
  readonly board: 'rcd';
  readonly set: string;
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: Readonly<Record<string, number | string>>;
  readonly acAt1: number;
  readonly acAt3: number;
  /** Mean of AC@1 to AC@5. */
  readonly avgAt5: number;
  readonly kinds: Readonly<Record<string, { readonly acAt1: number; readonly acAt3: number; readonly avgAt5: number }>>;
  readonly faultKinds: KindScore;
  /** Second halves of the fault-free recordings, judged against the first, that were not called a fault. */
  readonly specificity: number;
  readonly quietItems: number;
  readonly secondsPerCaseMax: number;
  readonly audit: ConfidenceAudit;
}

/** Median and 99% latency are left out by the set's rules, which keep the 90%. */
const DROPPED = /_lat_(50|99)$/;

interface Timeline {
  readonly timesMs: Float64Array;
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** Empty fields take the value before them. */
function filledForward(values: Float64Array): Float64Array {
  let last = Number.NaN;
  return values.map((value) => (last = Number.isFinite(value) ? value : last));
}

function timelineOf(tables: readonly NumberTable[], file: string): Timeline {
  const [first, ...others] = tables;
  const columns = new Map<string, Float64Array>();
  for (const [name, values] of first?.columns ?? []) {
    const parts = others.map((table) => table.columns.get(name));
    if (parts.some((part) => part === undefined)) continue;
    const whole = Float64Array.from(
      [values, ...parts].flatMap((part) => Array.from(filledForward(part ?? new Float64Array()))),
    );
    columns.set(name, whole);
  }
  const seconds = columns.get('time');
  if (seconds === undefined || seconds.some((second) => !Number.isFinite(second)))
    failFile(file, 'has a row without a Unix time in its column "time"');
  columns.delete('time');
  return { timesMs: seconds.map((second) => second * 1000), columns };
}

function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0] || !Number.isFinite(value));
}

/**
 * Cuts a timeline at a row: what lies before is the past, the rest the fault. A column `carts-db_cpu` is the metric `cpu` of the
 * part `carts-db` of the service `carts`.
 */
function casefileAt({ timesMs, columns }: Timeline, row: number): Casefile {
  const series = [...columns].flatMap(([name, values]): SeriesWindow[] => {
    const part = name.slice(0, Math.max(0, name.indexOf('_')));
    const [past, now] = [values.subarray(0, row), values.subarray(row)];
    if (part === '' || DROPPED.test(name) || isConstant(past) || isConstant(now)) return [];
    return [
      {
        asset: part.replace(/-db$/, ''),
        metric: name.slice(part.length + 1),
        labels: { part },
        baseline: { timesMs: timesMs.subarray(0, row), values: past },
        fault: { timesMs: timesMs.subarray(row), values: now },
      },
    ];
  });
  const window = {
    baselineFromMs: timesMs[0] ?? 0,
    faultFromMs: timesMs[row] ?? 0,
    faultToMs: (timesMs.at(-1) ?? 0) + 1000,
  };
  return { window, series, edges: [], changes: [] };
}

function rank(name: string, casefile: Casefile): { line: RcdRanking; hypotheses: KindCase['hypotheses'] } {
  const { verdict, confidence, hypotheses } = rankCauses(casefile);
  return { line: { case: name, verdict, confidence, ranking: hypotheses.map((one) => one.asset) }, hypotheses };
}

/** `carts-cpu/1` is a fault of kind `cpu` in `carts`. Read only after all rankings are final. */
function truthOf(name: string): { service: string; kind: string } {
  const [fault = ''] = name.split('/');
  const cut = fault.lastIndexOf('-');
  return { service: fault.slice(0, cut), kind: fault.slice(cut + 1) };
}

/**
 * Measures the ranker on the Sock Shop recordings of RCD (Ikram et al., NeurIPS 2022) as prepared for BARO (Pham et al.,
 * FSE 2024): metrics alone, no topology, no symptom named. `delayS` is how late the fault is noticed: so many of its
 * first rows pass for normal. Writes `rankings.jsonl` and `controls.jsonl` to `outDir`. Throws an error that names the
 * file for missing or malformed data.
 */
export async function runRcdBoard(options: {
  readonly dataDir: string;
  readonly outDir?: string;
  readonly delayS?: number;
}): Promise<RcdBoardResult> {
  const startedMs = performance.now();
  const { dataDir, outDir, delayS = 0 } = options;
  const folders = foldersWith(dataDir, ['normal.csv', 'anomalous.csv']);
  if (folders.length === 0) failFile(dataDir, 'holds no folder with normal.csv and anomalous.csv');
  const rankings: RcdRanking[] = [];
  const controls: RcdRanking[] = [];
  const told = new Map<string, KindCase['hypotheses']>();
  let secondsPerCaseMax = 0;
  for (const folder of folders) {
    const name = folder.split(sep).slice(-2).join('/');
    const [normalFile, faultFile] = [join(folder, 'normal.csv'), join(folder, 'anomalous.csv')];
    const [normal, fault] = [readNumberTable(normalFile), readNumberTable(faultFile)];
    const caseMs = performance.now();
    const { line, hypotheses } = rank(name, casefileAt(timelineOf([normal, fault], faultFile), normal.rows + delayS));
    rankings.push(line);
    told.set(name, hypotheses);
    secondsPerCaseMax = Math.max(secondsPerCaseMax, (performance.now() - caseMs) / 1000);
    controls.push(rank(name, casefileAt(timelineOf([normal], normalFile), Math.floor(normal.rows / 2))).line);
  }
  if (outDir !== undefined) {
    await mkdir(outDir, { recursive: true });
    const lines = (all: readonly RcdRanking[]): string => all.map((one) => `${JSON.stringify(one)}\n`).join('');
    await writeFile(join(outDir, 'rankings.jsonl'), lines(rankings));
    await writeFile(join(outDir, 'controls.jsonl'), lines(controls));
  }
  const judged = rankings.map(({ case: name, ranking, confidence }): JudgedRanking => {
    const { service, kind } = truthOf(name);
    return { group: kind, truth: service, ranking, confidence };
  });
  const figures = (cases: readonly JudgedRanking[]): { acAt1: number; acAt3: number; avgAt5: number } => ({
    acAt1: accuracyAt(cases, 1),
    acAt3: accuracyAt(cases, 3),
    avgAt5: averageAccuracy(cases, 5),
  });
  const audited = [
    ...rankings.map((one): AuditedAnswer => ({ ...one, first: one.ranking[0], truth: truthOf(one.case).service })),
    ...controls.map((one): AuditedAnswer => ({
      ...one,
      case: `${one.case}/normal`,
      first: one.ranking[0],
      truth: undefined,
    })),
  ];
  return {
    board: 'rcd',
    set: basename(resolve(dataDir)),
    items: rankings.length,
    seconds: (performance.now() - startedMs) / 1000,
    rssMib: process.memoryUsage().rss / 2 ** 20,
    settings: { delayS },
    ...figures(judged),
    kinds: Object.fromEntries(
      [...Map.groupBy(judged, (one) => one.group)].map(([kind, cases]) => [kind, figures(cases)]),
    ),
    faultKinds: faultKindScore(
      [...told].map(([name, hypotheses]): KindCase => {
        const { service, kind } = truthOf(name);
        return { kind, truth: service, hypotheses };
      }),
    ),
    specificity: controls.filter((one) => one.verdict !== 'fault').length / controls.length,
    quietItems: controls.length,
    secondsPerCaseMax,
    audit: auditConfidence(audited),
  };
}
