import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Casefile } from '../casefile.ts';
import { rankCauses } from '../rank-causes.ts';
import { alertCases, readFaultPlaces, type AlertCase, type AlertSystem } from './alert-files.ts';
import {
  accuracyAt,
  auditConfidence,
  calibrate,
  type CalibrationBin,
  type ConfidenceAudit,
  type JudgedRanking,
} from './judged-rankings.ts';

/** One line of `rankings.jsonl`. */
export interface AlertRanking {
  /** `Online-Boutique-cloudbed-1/17` */
  readonly case: string;
  readonly verdict: 'fault' | 'no-fault' | 'inconclusive';
  readonly confidence: number;
  readonly ranking: readonly string[];
}

/** What the board reports. */
export interface AlertRcaBoardResult {
  readonly board: 'alert-rca';
  readonly set: string;
  readonly items: number;
  readonly seconds: number;
  readonly rssMib: number;
  readonly settings: Readonly<Record<string, number | string>>;
  readonly hitAt1: number;
  readonly hitAt3: number;
  readonly hitAt5: number;
  readonly secondsPerCaseMax: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly calibration: readonly CalibrationBin[];
  readonly audit: ConfidenceAudit;
}

function casefileOf(one: AlertCase, { cases, edges, classes }: AlertSystem): Casefile {
  const past = cases.filter((other) => other !== one).map(({ fromMs, firings }) => ({ fromMs, firings }));
  return {
    window: { baselineFromMs: one.fromMs, faultFromMs: one.fromMs, faultToMs: one.toMs },
    series: [],
    edges,
    classes,
    changes: [],
    alerts: { firings: one.firings, past },
  };
}

/**
 * Measures the ranker on alarms alone: faults of Online Boutique with alarms of metrics and logs and a typed knowledge
 * graph (services, instances, hosts). The alarms of a system's other faults, without their answers, are its history. Alarms of
 * single calls are not read: nearly all of them fire in every case. Writes `rankings.jsonl` to `outDir` before any true place
 * is read; throws an error that names the file for missing or malformed data.
 */
export async function runAlertRcaBoard(options: {
  readonly dataDir: string;
  readonly outDir?: string;
}): Promise<AlertRcaBoardResult> {
  const startedMs = performance.now();
  const systems = alertCases(options.dataDir);
  const rankings: AlertRanking[] = [];
  const tops: number[] = [];
  let secondsPerCaseMax = 0;
  for (const system of systems) {
    for (const one of system.cases) {
      const caseMs = performance.now();
      const { verdict, confidence, hypotheses } = rankCauses(casefileOf(one, system));
      secondsPerCaseMax = Math.max(secondsPerCaseMax, (performance.now() - caseMs) / 1000);
      rankings.push({ case: one.name, verdict, confidence, ranking: hypotheses.map(({ asset }) => asset) });
      tops.push(hypotheses[0]?.confidence ?? 0);
    }
  }
  if (options.outDir !== undefined) {
    await mkdir(options.outDir, { recursive: true });
    const lines = rankings.map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeFile(join(options.outDir, 'rankings.jsonl'), lines);
  }
  const truths = new Map(systems.flatMap((system) => [...readFaultPlaces(system)]));
  const judged = rankings.map((line, index): JudgedRanking => ({
    group: line.case,
    truth: truths.get(line.case) ?? '',
    ranking: line.ranking,
    confidence: tops[index] ?? 0,
  }));
  return {
    board: 'alert-rca',
    set: basename(resolve(options.dataDir)),
    items: rankings.length,
    seconds: (performance.now() - startedMs) / 1000,
    rssMib: process.memoryUsage().rss / 2 ** 20,
    settings: {},
    hitAt1: accuracyAt(judged, 1),
    hitAt3: accuracyAt(judged, 3),
    hitAt5: accuracyAt(judged, 5),
    secondsPerCaseMax,
    verdicts: Object.fromEntries(
      [...Map.groupBy(rankings, ({ verdict }) => verdict)].map(([verdict, cases]) => [verdict, cases.length]),
    ),
    calibration: calibrate(judged),
    audit: auditConfidence(
      rankings.map((line) => ({ ...line, first: line.ranking[0], truth: truths.get(line.case) ?? '' })),
    ),
  };
}
