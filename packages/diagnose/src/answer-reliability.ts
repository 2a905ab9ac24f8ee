import type { KnownCause, Reliability, ReliabilityBin } from '@heliosiq/model';
import { LEADING } from './confidence.ts';
import type { Diagnosis } from './diagnosis.ts';
import { percentText } from './value-words.ts';

/** Bounds of the ranges of confidence; the last one is that of answers that people act on. */
const BOUNDS = [0, 0.2, 0.4, 0.6, 0.8, 1] as const;
/** Causes that people told before a confidence is lowered, in all and in the ranges that are judged together. */
const ENOUGH = 20;
const ENOUGH_TOGETHER = 10;
/** Normal quantile of 95%: a range is lowered when so many right answers would hardly be luck. */
const Z = 1.645;

interface Block {
  readonly first: number;
  readonly last: number;
  readonly answers: number;
  readonly right: number;
  /** Sum of the confidences. */
  readonly sum: number;
}

/** Upper end of the interval of a share (Wilson 1927, one-sided 95%). */
function shareAtMost(right: number, answers: number): number {
  const share = right / answers;
  const middle = share + Z ** 2 / (2 * answers);
  const half = Z * Math.sqrt((share * (1 - share)) / answers + Z ** 2 / (4 * answers ** 2));
  return Math.min(1, (middle + half) / (1 + Z ** 2 / answers));
}

/** Ranges next to each other in which surer answers were right less often are judged together (pool adjacent violators). */
function pooled(bins: readonly Omit<ReliabilityBin, 'loweredTo'>[]): Block[] {
  const blocks: Block[] = [];
  for (const [index, { answers, right, confidence }] of bins.entries()) {
    let block: Block = { first: index, last: index, answers, right, sum: answers * confidence };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      const isRising =
        before.answers === 0 || block.answers === 0 || before.right * block.answers <= block.right * before.answers;
      if (isRising) break;
      blocks.pop();
      block = {
        first: before.first,
        last: block.last,
        answers: before.answers + block.answers,
        right: before.right + block.right,
        sum: before.sum + block.sum,
      };
    }
    blocks.push(block);
  }
  return blocks;
}

/**
 * How often answers of each range of confidence named the asset that a person told as the true cause. A range is lowered, to the
 * share that was right, when enough people told and that share is surely below the confidence that was given.
 */
export function reliabilityOf(causes: readonly Pick<KnownCause, 'asset' | 'answer'>[]): Reliability {
  const judged = causes.flatMap(({ asset, answer }) =>
    answer?.asset === undefined || answer.verdict === 'no-fault'
      ? []
      : [{ confidence: answer.confidence, isRight: answer.asset === asset }],
  );
  const bins = BOUNDS.slice(0, -1).map((from, index) => {
    const to = BOUNDS[index + 1] ?? 1;
    const inside = judged.filter(({ confidence }) => confidence >= from && (confidence < to || to === 1));
    const sum = inside.reduce((total, { confidence }) => total + confidence, 0);
    return {
      ...{ from, to, answers: inside.length },
      right: inside.filter(({ isRight }) => isRight).length,
      confidence: inside.length === 0 ? 0 : sum / inside.length,
    };
  });
  const lowered = new Map<number, number>();
  for (const { first, last, answers, right, sum } of judged.length < ENOUGH ? [] : pooled(bins)) {
    if (answers < ENOUGH_TOGETHER || shareAtMost(right, answers) >= sum / answers) continue;
    for (let index = first; index <= last; index++) lowered.set(index, (right + 1) / (answers + 2));
  }
  return {
    answers: judged.length,
    enough: ENOUGH,
    bins: bins.map((bin, index) => {
      const loweredTo = lowered.get(index);
      return loweredTo === undefined ? bin : { ...bin, loweredTo };
    }),
  };
}

/**
 * An answer as experience allows it: where answers so sure were wrong too often, the first cause's confidence is lowered, never
 * raised, and a fault that is no longer likely becomes `inconclusive`. The ranking stays.
 */
export function asExperienceAllows(diagnosis: Diagnosis, reliability: Reliability | undefined): Diagnosis {
  const [first] = diagnosis.hypotheses;
  if (first === undefined || diagnosis.verdict === 'no-fault') return diagnosis;
  const measured = first.confidence;
  const bin = reliability?.bins.find(({ from, to }) => measured >= from && (measured < to || to === 1));
  if (bin?.loweredTo === undefined || bin.loweredTo >= measured) return diagnosis;
  const { loweredTo, answers, right } = bin;
  return {
    ...diagnosis,
    verdict: loweredTo < LEADING.atLeast ? 'inconclusive' : diagnosis.verdict,
    confidence: loweredTo,
    measuredConfidence: measured,
    hypotheses: diagnosis.hypotheses.map((one) => ({ ...one, confidence: Math.min(one.confidence, loweredTo) })),
    missing: [
      ...diagnosis.missing,
      `The evidence alone gave ${percentText(measured)}; of ${answers} answers about as sure, people said that ${right} were right, so it counts less.`,
    ],
  };
}
