import type { FaultKind, RankedHypothesis } from '../diagnosis.ts';

/** What a data set calls a kind of fault, in the words of a diagnosis; a delay on the way to a service is told as slowness as well. */
const MEANT: Readonly<Record<string, readonly FaultKind[]>> = {
  cpu: ['cpu'],
  cpu_contention: ['cpu'],
  mem: ['memory'],
  memory: ['memory'],
  disk: ['disk'],
  delay: ['network', 'latency'],
  network_delay: ['network', 'latency'],
  loss: ['network', 'latency'],
  return: ['errors'],
  exception: ['errors'],
};

/** One case with the kind that its data set gives and the hypotheses of its answer. */
export interface KindCase {
  readonly kind: string;
  readonly truth: string;
  readonly hypotheses: readonly Pick<RankedHypothesis, 'asset' | 'faultKind'>[];
}

/** How often the right kind of fault is told of the true cause. */
export interface KindScore {
  /** Cases whose kind has a word in a diagnosis and whose cause is among the hypotheses. */
  readonly cases: number;
  readonly right: number;
  /** By the data set's word: what was told, and how often. */
  readonly told: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Compares the kinds told of the true causes with those of the data set. */
export function faultKindScore(cases: readonly KindCase[]): KindScore {
  const told: Record<string, Record<string, number>> = {};
  let [judged, right] = [0, 0];
  for (const { kind, truth, hypotheses } of cases) {
    const meant = MEANT[kind];
    const named = hypotheses.find(({ asset }) => asset === truth)?.faultKind;
    if (meant === undefined || named === undefined) continue;
    judged += 1;
    right += meant.includes(named) ? 1 : 0;
    const counts = (told[kind] ??= {});
    counts[named] = (counts[named] ?? 0) + 1;
  }
  return { cases: judged, right: judged === 0 ? 0 : right / judged, told };
}
