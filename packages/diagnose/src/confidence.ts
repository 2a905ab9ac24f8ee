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
  /** Normal samples behind a typical series. */
  readonly baselineCount: number;
}

export interface Confidence {
  /** A detector saw harm well above its own bar. */
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
/** Trouble that none of the measured callers feels may be a consequence of what is wrong elsewhere. */
const CONFIDENCE_WITHOUT_ECHO = 0.75;
const ECHO_HEARD = 0.3;
/** Pooled surprise, in decades above a detector's bar, from which on its word is not waved aside as no fault. */
const DETECTED_CLEARLY = 1.5;
/** Fewer normal samples than this make every deviation a guess. */
const BASELINE_ENOUGH = 8;

/** Turns scores into probabilities: first whether there is a fault at all, then how the suspects share it. */
export function confidenceOf(input: ConfidenceInput): Confidence {
  const [top = 0] = input.scores;
  const symptom = Math.min(SYMPTOM_ENOUGH, input.symptomSeverity) - SYMPTOM_MIDDLE;
  const unfelt = Math.max(0, SYMPTOM_FELT - input.symptomSeverity);
  const detected = Math.min(DETECTED_ENOUGH, input.detectedDecades);
  const odds =
    SCORE_SLOPE * (top - SCORE_MIDDLE) + SYMPTOM_SLOPE * symptom - UNFELT_SLOPE * unfelt + DETECTED_SLOPE * detected;
  const fault = 1 / (1 + Math.exp(-odds));
  const weights = input.scores.map((score) => score ** 2);
  const total = UNSEEN_CAUSE + weights.reduce((sum, weight) => sum + weight, 0);
  const trust = input.baselineCount < BASELINE_ENOUGH ? 0.85 : 1;
  const felt = 0.5 + SURENESS_PER_SEVERITY * input.symptomSeverity;
  const heard = input.echo === undefined || input.echo >= ECHO_HEARD ? 1 : CONFIDENCE_WITHOUT_ECHO;
  const ceiling = Math.min(felt, heard, input.topologyKnown ? 1 : CONFIDENCE_WITHOUT_TOPOLOGY);
  const isDetected = input.detectedDecades >= DETECTED_CLEARLY;
  return { fault, isDetected, causes: weights.map((weight) => Math.min(ceiling, (fault * trust * weight) / total)) };
}

/** A cause more likely than not, or one so far ahead of the next in trouble that is nearly sure. */
const LIKELY = 0.5;
const LEADING = { atLeast: 0.4, timesTheNext: 1.5, fault: 0.6 } as const;
const UNLIKELY = 0.35;

/**
 * The verdict: `fault` needs a leader among the causes. `no-fault` needs trouble to be unlikely, and no detector that is sure
 * of the opposite.
 */
export function verdictOf({ fault, causes, isDetected }: Confidence): Pick<Diagnosis, 'verdict' | 'confidence'> {
  const [top = 0, next = 0] = causes;
  const isLeading = top >= LEADING.atLeast && top >= LEADING.timesTheNext * next && fault >= LEADING.fault;
  if (top >= LIKELY || isLeading) return { verdict: 'fault', confidence: top };
  if (fault < UNLIKELY && !isDetected) return { verdict: 'no-fault', confidence: 1 - fault };
  return { verdict: 'inconclusive', confidence: top };
}
