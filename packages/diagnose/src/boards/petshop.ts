import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { TopologyEdge } from '../casefile.ts';
import { rankCauses } from '../rank-causes.ts';
import {
  auditConfidence,
  calibrate,
  hitRates,
  type CalibrationBin,
  type ConfidenceAudit,
  type HitRates,
  type JudgedRanking,
} from './judged-rankings.ts';
import { petshopCasefile } from './petshop-case.ts';
import {
  datasetFolder,
  listCases,
  listTraffics,
  readCallGraph,
  readRecording,
  readRootCause,
  readTarget,
  type Recording,
} from './petshop-files.ts';
import { cutSlice } from './recording-slice.ts';

/** One line of `rankings.jsonl`. */
export interface PetshopRanking {
  readonly case: string;
  readonly target: string;
  readonly verdict: 'fault' | 'no-fault' | 'inconclusive';
  readonly confidence: number;
  readonly ranking: readonly string[];
}

/** What the board reports; `seconds` is wall-clock time for everything, reading included. */
export interface PetshopBoardResult {
  readonly board: 'petshop';
  readonly set: string;
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: Readonly<Record<string, number | string>>;
  /** By `<traffic> <metric>`; the two temporal recordings count together as `temporal_traffic`. */
  readonly groups: Readonly<Record<string, HitRates>>;
  readonly overall: HitRates;
  /** Quiet pseudo-cases answered `no-fault` or `inconclusive`; null where no traffic has a normal recording. */
  readonly specificity: number | null;
  readonly quietItems: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly calibration: readonly CalibrationBin[];
  /** Share of all answers (quiet ones included) that were a fault with confidence >= 0.8 and wrong. */
  readonly confidentAndWrong: number;
  readonly audit: ConfidenceAudit;
}

/** Rows of a recorded issue, and where in them the alarm rings (0.6 of the second row's interval). */
const SLICE_ROWS = 5;
const ALARM_AFTER_MS = 480_000;
/** Rows left out between a pseudo-case and its baseline on either side, so that nothing leaks by autocorrelation. */
const GAP_ROWS = 12;
/** Distance between the starts of pseudo-cases. */
const STRIDE_ROWS = 15;
interface RankInput {
  readonly name: string;
  readonly target: { readonly asset: string; readonly metric: string };
  readonly noticedAtMs: number;
  readonly trouble: Recording;
  readonly normal: Recording | undefined;
  readonly edges: readonly TopologyEdge[];
}

function rankOne(input: RankInput): { line: PetshopRanking; topConfidence: number } {
  const diagnosis = rankCauses(petshopCasefile(input));
  const line = {
    case: input.name,
    target: input.target.asset,
    verdict: diagnosis.verdict,
    confidence: diagnosis.confidence,
    ranking: diagnosis.hypotheses.map((hypothesis) => hypothesis.asset),
  };
  return { line, topConfidence: diagnosis.hypotheses[0]?.confidence ?? 0 };
}

/**
 * Quiet pseudo-cases: five consecutive rows of a normal recording, one start every 15 rows, shown as if an alarm had
 * rung 480 s into them, with the rest of the recording but for an hour on either side as their baseline. Each is asked
 * about every (node, metric) that the traffic's real cases complain of.
 */
function quietCases(
  traffic: string,
  normal: Recording,
  edges: readonly TopologyEdge[],
  targets: readonly RankInput['target'][],
): PetshopRanking[] {
  const lines: PetshopRanking[] = [];
  for (let from = GAP_ROWS; from + SLICE_ROWS + GAP_ROWS <= normal.timesMs.length; from += STRIDE_ROWS) {
    const { slice, rest } = cutSlice(normal, { from, rows: SLICE_ROWS, gapRows: GAP_ROWS });
    const noticedAtMs = (slice.timesMs[0] ?? 0) + ALARM_AFTER_MS;
    for (const target of targets) {
      const name = `${traffic}/noissue/rows_${from}/${target.asset}/${target.metric}`;
      lines.push(rankOne({ name, target, noticedAtMs, trouble: slice, normal: rest, edges }).line);
    }
  }
  return lines;
}

/**
 * Measures the ranker on PetShop (CC-BY-4.0; Hardt et al., "The PetShop Dataset: Finding Causes of Performance Issues
 * across Microservices", 2023). `dataDir` is the PetShop folder or its `dataset` folder; any folder beside `noissue`
 * that holds `issue_*` folders is read. With `outDir`, writes `rankings.jsonl` before any true cause is read. Throws an
 * error that names the file for missing or malformed data.
 */
export async function runPetshopBoard(options: {
  readonly dataDir: string;
  readonly outDir?: string;
}): Promise<PetshopBoardResult> {
  const startedMs = performance.now();
  const dataset = datasetFolder(options.dataDir);
  const ranked: { line: PetshopRanking; topConfidence: number; group: string; folder: string }[] = [];
  const quiet: PetshopRanking[] = [];
  for (const traffic of listTraffics(dataset)) {
    const edges = readCallGraph(join(dataset, traffic, 'graph.csv'));
    const normalFile = join(dataset, traffic, 'noissue', 'metrics.csv');
    const normal = existsSync(normalFile) ? readRecording(normalFile) : undefined;
    const targets = new Map<string, RankInput['target']>();
    for (const { name, folder } of listCases(dataset, traffic)) {
      const { node, metric, atMs } = readTarget(folder);
      const target = { asset: node, metric };
      targets.set(`${node}\n${metric}`, target);
      const trouble = readRecording(join(folder, 'metrics.csv'));
      const { line, topConfidence } = rankOne({ name, target, noticedAtMs: atMs, trouble, normal, edges });
      ranked.push({ line, topConfidence, group: `${traffic.replace(/\d+$/, '')} ${metric}`, folder });
    }
    if (normal !== undefined) quiet.push(...quietCases(traffic, normal, edges, [...targets.values()]));
  }
  if (options.outDir !== undefined) {
    await mkdir(options.outDir, { recursive: true });
    const lines = [...ranked.map((one) => one.line), ...quiet].map((line) => `${JSON.stringify(line)}\n`);
    await writeFile(join(options.outDir, 'rankings.jsonl'), lines.join(''));
  }
  const judged = ranked.map(({ line, topConfidence, group, folder }): JudgedRanking => ({
    group,
    truth: readRootCause(folder),
    ranking: line.ranking,
    confidence: topConfidence,
  }));
  const groups = Object.fromEntries(
    [...Map.groupBy(judged, (one) => one.group)].map(([group, cases]) => [group, hitRates(cases)]),
  );
  const audit = auditConfidence([
    ...ranked.map(({ line }, index) => ({ ...line, first: line.ranking[0], truth: judged[index]?.truth })),
    ...quiet.map((line) => ({ ...line, first: line.ranking[0], truth: undefined })),
  ]);
  const verdicts = Object.fromEntries(
    [...Map.groupBy(ranked, ({ line }) => line.verdict)].map(([verdict, cases]) => [verdict, cases.length]),
  );
  return {
    board: 'petshop',
    set: basename(resolve(options.dataDir)),
    items: judged.length,
    seconds: (performance.now() - startedMs) / 1000,
    rssMib: process.memoryUsage().rss / 2 ** 20,
    settings: { sliceRows: SLICE_ROWS, strideRows: STRIDE_ROWS, gapRows: GAP_ROWS },
    groups,
    overall: hitRates(judged),
    specificity: quiet.length === 0 ? null : quiet.filter((line) => line.verdict !== 'fault').length / quiet.length,
    quietItems: quiet.length,
    verdicts,
    calibration: calibrate(judged),
    confidentAndWrong: audit.answers === 0 ? 0 : audit.confidentAndWrong / audit.answers,
    audit,
  };
}
