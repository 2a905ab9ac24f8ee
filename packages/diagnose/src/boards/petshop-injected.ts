import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { rankCauses } from '../rank-causes.ts';
import { calibrate, hitRates, type CalibrationBin, type HitRates, type JudgedRanking } from './judged-rankings.ts';
import { petshopCasefile } from './petshop-case.ts';
import { datasetFolder, listCases, listTraffics, readCallGraph, readRecording, readTarget } from './petshop-files.ts';
import { injectFault } from './petshop-injection.ts';
import { cutSlice } from './recording-slice.ts';

/** Part of the recording, in shares of its length, where faults are put in. */
const PLACES = [0.1, 0.5, 0.8];
/** Sizes at the symptom: share of its mean latency added; percentage points of availability lost. */
const SIZES = { latency: [0.1, 0.3, 1], availability: [1, 3, 8] } as const;
const SLICE_ROWS = 5;
const GAP_ROWS = 12;
const ALARM_AFTER_MS = 480_000;

/** Leaves that PetShop's tracing shows beside the service that a load balancer hides, as the caller sees it. */
const VIEWS: ReadonlyMap<string, string> = new Map([
  ['servi-searc.us-west-2.elb.amazonaws.com_remote', 'PetSearch_AWS::ECS::Fargate'],
  ['Servi-searc.us-west-2.elb.amazonaws.com_remote', 'PetSearch_AWS::ECS::Fargate'],
  ['servi-lista.us-west-2.elb.amazonaws.com_remote', 'petlistadoptions_AWS::ECS::Fargate'],
  ['servi-payfo.us-west-2.elb.amazonaws.com_remote', 'payforadoption_AWS::ECS::Container'],
]);

export interface InjectedPetshopResult {
  readonly board: 'petshop-injected';
  readonly set: string;
  readonly items: number;
  readonly seconds: number;
  readonly overall: HitRates;
  readonly groups: Readonly<Record<string, HitRates>>;
  readonly nodes: Readonly<Record<string, HitRates>>;
  readonly calibration: readonly CalibrationBin[];
}

/**
 * Measures the ranker on made-up faults: every node that a recorded symptom depends on is slowed or broken, in three
 * sizes, at three places of each normal recording, and the trouble is carried up the calls (see `injectFault`). It
 * shows what the few recorded root causes cannot: how the ranking does at other nodes.
 */
export async function runInjectedPetshopBoard(options: { readonly dataDir: string }): Promise<InjectedPetshopResult> {
  const startedMs = performance.now();
  const dataset = datasetFolder(options.dataDir);
  const judged: JudgedRanking[] = [];
  for (const traffic of listTraffics(dataset)) {
    const normalFile = join(dataset, traffic, 'noissue', 'metrics.csv');
    if (!existsSync(normalFile)) continue;
    const normal = readRecording(normalFile);
    const edges = readCallGraph(join(dataset, traffic, 'graph.csv'));
    const nodes = [...new Set(edges.flatMap((edge) => [edge.from, edge.to]))].filter((node) => !VIEWS.has(node)).sort();
    const targets = new Set(listCases(dataset, traffic).map(({ folder }) => readTarget(folder).node));
    for (const place of PLACES) {
      const from = Math.floor(place * (normal.timesMs.length - SLICE_ROWS));
      const { slice, rest } = cutSlice(normal, { from, rows: SLICE_ROWS, gapRows: GAP_ROWS });
      for (const target of targets) {
        for (const metric of ['latency', 'availability'] as const) {
          for (const [seed, sizeAtTarget] of SIZES[metric].entries()) {
            for (const node of nodes) {
              const fault = { node, metric, target, sizeAtTarget, seed: from * SIZES[metric].length + seed };
              const trouble = injectFault({ quiet: slice, normal: rest, edges, views: VIEWS }, fault);
              if (trouble === undefined) continue;
              const { hypotheses } = rankCauses(
                petshopCasefile({
                  target: { asset: target, metric },
                  noticedAtMs: (slice.timesMs[0] ?? 0) + ALARM_AFTER_MS,
                  trouble,
                  normal: rest,
                  edges,
                }),
              );
              judged.push({
                group: `${traffic} ${metric}`,
                truth: node,
                ranking: hypotheses.map((one) => one.asset),
                confidence: hypotheses[0]?.confidence ?? 0,
              });
            }
          }
        }
      }
    }
  }
  const ratesBy = (key: (one: JudgedRanking) => string): Record<string, HitRates> =>
    Object.fromEntries([...Map.groupBy(judged, key)].map(([name, cases]) => [name, hitRates(cases)]));
  return {
    board: 'petshop-injected',
    set: basename(resolve(options.dataDir)),
    items: judged.length,
    seconds: (performance.now() - startedMs) / 1000,
    overall: hitRates(judged),
    groups: ratesBy((one) => one.group),
    nodes: ratesBy((one) => one.truth),
    calibration: calibrate(judged),
  };
}
