import type { Diagnosis } from './diagnosis.ts';

/** What the confidence rests on. */
export interface ConfidenceInput {
  /** Scores of all suspects, best first. */
  readonly scores: readonly number[];
  /** How far the symptom itself left its normal, in robust standard deviations. */
  readonly symptomSeverity: number;
  /** Where in the call graph the assets stand is known. */
  readonly topologyKnown: boolean;
  /** Pooled surprise of a detector above its own bar, in decades; 0 when none was asked. */
  readonly detectedDecades: number;
  /** 0..1: how surely callers suffer from the first suspect, where it is itself what is complained of; else undefined. */
  readonly echo: number | undefined;
  /** The first suspect is itself where the trouble is felt. */
  readonly isFeltAtFirst: boolean;
  /** Normal samples behind a typical series. */
  readonly baselineCount: number;
  /** Suspects, by their place among the scores, that are causes of their own beside each other; none when absent. */
  readonly independent?: readonly number[];
  /** Best score that alarms or requests alone give an asset, and what they rest on; absent where there are none. */
  readonly told?: { readonly score: number; readonly by: 'requests' | 'alarms' | 'beside metrics' };
}

export interface Confidence {
  /** A detector saw harm well above its own bar, or alarms or requests tell of some. */
  readonly isDetected: boolean;
  /** Probability that there is any fault. */
  readonly fault: number;
  /** Probability per suspect, in the order of the scores, that it is the cause. */
  readonly causes: readonly number[];
}

/**
 * Constants of the logistic curve that tells trouble from quiet. Set so that quiet stretches of recordings of a
 * call graph stay below one half and small injected faults above it; see the package's README for the data.
 */
const SCORE_SLOPE = 7;
const SCORE_MIDDLE = 0.4;
const SYMPTOM_SLOPE = 1.2;
const SYMPTOM_MIDDLE = 2;
const SYMPTOM_ENOUGH = 6;
/** A symptom weaker than this is no complaint, whatever else changed. */
const SYMPTOM_FELT = 1.5;
const UNFELT_SLOPE = 2;
/** A decade of surprise multiplies the odds by two or so, not by ten: what made an incident was chosen for its surprise. */
const DETECTED_SLOPE = 0.35;
const DETECTED_ENOUGH = 10;
/** A symptom hardly felt supports no sure answer: it takes a severity of 3 for a confidence of 0.8. */
const SURENESS_PER_SEVERITY = 0.1;
/** Weight of the causes that nobody measures. */
const UNSEEN_CAUSE = 0.02;
/** Without topology a stranger's fault looks like one's own, so no answer is surer than this. */
const CONFIDENCE_WITHOUT_TOPOLOGY = 0.6;
/**
 * Trouble that no measured caller feels may be a consequence of what is wrong elsewhere, or nothing: at the top of a graph nobody
 * confirms what an asset says of itself.
 */
const CONFIDENCE_WITHOUT_ECHO = 0.75;
const ECHO_HEARD = 0.3;
/** Pooled surprise, in decades above a detector's bar, from which on its word is not waved aside as no fault. */
const DETECTED_CLEARLY = 1.5;
/** That two faults came at the same time is rarer than that one was misread. */
const CONFIDENCE_OF_SEVERAL = 0.75;
/** Fewer normal samples than this make every deviation a guess. */
const BASELINE_ENOUGH = 8;

/**
 * What is told by requests and by alarms: the score at which a fault is as likely as not, and how fast that turns. Set so
 * that halves of fault-free recordings of requests stay below one half; of quiet alarms there are no recordings. `nothing` is
 * the score below which what is told does not stand against an all-clear.
 */
const TOLD = {
  requests: { slope: 12, middle: 0.6, ceiling: 0.95, nothing: 0.15 },
  alarms: { slope: 6, middle: 0.25, ceiling: 0.75, nothing: 0.15 },
  'beside metrics': { slope: 10, middle: 0.55, ceiling: 1, nothing: 0.4 },
} as const;

/** Turns scores into probabilities: first whether there is a fault at all, then how the suspects share it. */
export function confidenceOf(input: ConfidenceInput): Confidence {
  const [top = 0] = input.scores;
  const symptom = Math.min(SYMPTOM_ENOUGH, input.symptomSeverity) - SYMPTOM_MIDDLE;
  const unfelt = Math.max(0, SYMPTOM_FELT - input.symptomSeverity);
  const detected = Math.min(DETECTED_ENOUGH, input.detectedDecades);
  const odds =
    SCORE_SLOPE * (top - SCORE_MIDDLE) + SYMPTOM_SLOPE * symptom - UNFELT_SLOPE * unfelt + DETECTED_SLOPE * detected;
  const { told } = input;
  const telling = told === undefined ? undefined : TOLD[told.by];
  const measuredFault = 1 / (1 + Math.exp(-odds));
  const toldFault =
    told === undefined || telling === undefined
      ? 0
      : 1 / (1 + Math.exp(-telling.slope * (told.score - telling.middle)));
  const isMeasured = told === undefined || told.by === 'beside metrics';
  // Where requests or alarms are the witnesses, metrics are heard as well as far as a detector that knows their normal was surprised.
  const isHeard = isMeasured || input.detectedDecades >= DETECTED_CLEARLY;
  const fault = isHeard ? 1 - (1 - measuredFault) * (1 - toldFault) : toldFault;
  // Scores of witnesses that are joined crowd below 1, so their odds are compared.
  const weights = input.scores.map((score) => (isMeasured ? score ** 2 : (score / Math.max(1 - score, 1e-9)) ** 2));
  const total = UNSEEN_CAUSE + weights.reduce((sum, weight) => sum + weight, 0);
  const trust = input.baselineCount < BASELINE_ENOUGH ? 0.85 : 1;
  const felt = isMeasured ? 0.5 + SURENESS_PER_SEVERITY * input.symptomSeverity : 1;
  const isUnconfirmed = input.echo === undefined ? input.isFeltAtFirst : input.echo < ECHO_HEARD;
  const heard = isUnconfirmed ? CONFIDENCE_WITHOUT_ECHO : 1;
  const placed = input.topologyKnown || !isMeasured ? 1 : CONFIDENCE_WITHOUT_TOPOLOGY;
  const ceiling = Math.min(felt, isMeasured ? heard : 1, placed, telling?.ceiling ?? 1);
  const isDetected =
    input.detectedDecades >= DETECTED_CLEARLY || (told !== undefined && told.score >= TOLD[told.by].nothing);
  const independent = new Set(input.independent);
  const causes = weights.map((weight, index) => {
    const alone = Math.min(ceiling, (fault * trust * weight) / total);
    if (independent.size < 2 || !independent.has(index)) return alone;
    // Causes that do not explain each other do not compete.
    const rivals = weights.reduce(
      (sum, one, at) => sum + (at !== index && independent.has(at) ? 0 : one),
      UNSEEN_CAUSE,
    );
    return Math.min(ceiling, CONFIDENCE_OF_SEVERAL, (fault * trust * weight) / rivals);
  });
  return { fault, isDetected, causes };
}

/** A cause more likely than not, or one so far ahead of the next in trouble that is nearly sure. */
const LIKELY = 0.5;
export const LEADING = { atLeast: 0.4, timesTheNext: 1.5, fault: 0.6 } as const;
const UNLIKELY = 0.35;

/**
 * The verdict: `fault` needs a leader among the causes. `no-fault` needs trouble to be unlikely, no detector that is sure
 * of the opposite, and nothing that was seen and could not be judged.
 */
export function verdictOf(
  { fault, causes, isDetected }: Confidence,
  { isAllLookedAt = true }: { readonly isAllLookedAt?: boolean } = {},
): Pick<Diagnosis, 'verdict' | 'confidence'> {
  const [top = 0, next = 0] = causes;
  const isLeading = top >= LEADING.atLeast && top >= LEADING.timesTheNext * next && fault >= LEADING.fault;
  if (top >= LIKELY || isLeading) return { verdict: 'fault', confidence: top };
  if (fault < UNLIKELY && !isDetected && isAllLookedAt) return { verdict: 'no-fault', confidence: 1 - fault };
  return { verdict: 'inconclusive', confidence: top };
}
