import type { OwnTime, StepCount, StepShare } from './casefile.ts';
import { quantile } from './robust-statistics.ts';

/** A step that occurs more or less often than it used to. */
export interface StepTrouble {
  readonly step: StepCount;
  readonly points: number;
}

/** Time that requests spend at one place beyond what they used to. */
export interface TimeTrouble {
  readonly time: OwnTime;
  /** Seconds beyond the usual, over all requests of the window. */
  readonly excessS: number;
  /** How sure it is that requests became slower there. */
  readonly decades: number;
}

/** What the requests themselves say of one asset. */
export interface RequestTrouble {
  readonly asset: string;
  /** Weight of all of it: 20 for a step that used to follow always and surely never does now. */
  readonly points: number;
  /** The part of the points that slowness makes. */
  readonly latePoints: number;
  readonly steps: readonly StepTrouble[];
  readonly times: readonly TimeTrouble[];
}

/** Requests on either side below which nothing is said of an operation. */
const REQUESTS_MIN = 3;
/** A step that used to follow always is missed; one that followed sometimes may depend on what was asked for. */
const CERTAINTY_POWER = 8;
/** A step that occurs no more at all is missed however often it followed. */
const MISSING_POWER = 4;
/** What a step is worth that used to follow always and never does now; half of that where it is as sure as this many decades. */
const STEP_WORTH = 20;
const DECADES_HALF = 5;
/** Each further step of an asset tells less than the one before. */
const NEXT_STEP = 0.3;
const STEPS_MAX = 8;
/** Part of a line of trouble that goes to the assets its text names. */
const MENTION_SHARE = 0.5;
/** Own time counts as slow beyond so many times the usual 95%, and so many seconds more than it. */
const SLOW_FACTOR = 1.5;
const SLOW_MIN_S = 0.001;
/** Share of all time spent at which an excess counts half, and what the surest and largest excess is worth. */
const SHARE_HALF = 0.25;
const TIME_WORTH = 30;
/** Part of a step's weight that is waived where what the same requests called went wrong too. */
const EXPLAINED_BELOW = 0.9;

/** Log-likelihood ratio of two shares against one common share, in decades (G-test, Sokal and Rohlf 1981). */
export function shareChangeDecades(before: StepShare, during: StepShare): number {
  const likelihood = ({ requests, seen }: StepShare, share: number): number => {
    const yes = seen > 0 ? seen * Math.log(share) : 0;
    return yes + (requests > seen ? (requests - seen) * Math.log(1 - share) : 0);
  };
  const common = (before.seen + during.seen) / (before.requests + during.requests);
  const gain = [before, during].reduce(
    (sum, one) => sum + likelihood(one, one.seen / one.requests) - likelihood(one, common),
    0,
  );
  return Math.max(0, gain) / Math.LN10;
}

/** The middle of what comparisons with several stretches of the past say; 0 for none. */
function middleOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : quantile(Float64Array.from(values).sort(), 0.5);
}

function stepTrouble(step: StepCount): StepTrouble {
  const { during, isTrouble } = step;
  if (during.requests < REQUESTS_MIN) return { step, points: 0 };
  const now = during.seen / during.requests;
  const comparisons = step.before.flatMap((before) => {
    if (before.requests < REQUESTS_MIN) return [];
    const then = before.seen / before.requests;
    // Trouble that ceased, and steps that are new or more complete than before, hurt nobody.
    if (isTrouble ? now <= then : now >= then) return [0];
    const weight = isTrouble ? 1 : Math.max(then ** CERTAINTY_POWER, (1 - now / then) ** MISSING_POWER);
    const decades = shareChangeDecades(before, during);
    return [STEP_WORTH * weight * Math.abs(now - then) * (decades / (decades + DECADES_HALF))];
  });
  return { step, points: middleOf(comparisons) * (1 - EXPLAINED_BELOW * step.sharedBelow) };
}

function timeTrouble(time: OwnTime): TimeTrouble {
  const { during } = time;
  const stretches = time.before.filter((values) => values.length >= REQUESTS_MIN).map((values) => values.toSorted());
  if (during.length < REQUESTS_MIN || stretches.length === 0) return { time, excessS: 0, decades: 0 };
  const usual = middleOf(stretches.map((values) => quantile(values, 0.95)));
  const slowS = Math.max(usual * SLOW_FACTOR, usual + SLOW_MIN_S);
  const slow = (values: Float64Array): StepShare => ({
    requests: values.length,
    seen: values.filter((seconds) => seconds > slowS).length,
  });
  const now = slow(during);
  const decades = middleOf(
    stretches.map((values) => {
      const then = slow(values);
      return now.seen / now.requests > then.seen / then.requests ? shareChangeDecades(then, now) : 0;
    }),
  );
  return { time, excessS: during.reduce((sum, seconds) => sum + Math.max(0, seconds - slowS), 0), decades };
}

const fadingSum = (values: readonly number[]): number =>
  values.slice(0, STEPS_MAX).reduce((sum, value, place) => sum + value * NEXT_STEP ** place, 0);

/**
 * What the requests say of every asset: steps that are missing or go wrong, and time that is spent there and nowhere below.
 * A caller is freed of steps as far as what it called in the same requests went wrong too. Pure; the order of the lists does not matter.
 */
export function requestTroubles(facts: {
  readonly steps: readonly StepCount[];
  readonly ownTimes: readonly OwnTime[];
}): Map<string, RequestTrouble> {
  const steps = new Map<string, StepTrouble[]>();
  const put = (asset: string, trouble: StepTrouble): void => {
    const list = steps.get(asset);
    if (list === undefined) steps.set(asset, [trouble]);
    else list.push(trouble);
  };
  for (const trouble of facts.steps.map(stepTrouble)) {
    if (trouble.points <= 0) continue;
    const { asset, mentions } = trouble.step;
    const given = mentions.length > 0 ? MENTION_SHARE : 0;
    put(asset, { ...trouble, points: trouble.points * (1 - given) });
    for (const other of mentions) put(other, { ...trouble, points: (trouble.points * given) / mentions.length });
  }
  const times = Map.groupBy(
    facts.ownTimes.map(timeTrouble).filter(({ excessS }) => excessS > 0),
    ({ time }) => time.asset,
  );
  const allS = facts.ownTimes.reduce((sum, { during }) => sum + during.reduce((a, b) => a + b, 0), 0);
  const ofSteps = new Map(
    [...steps].map(([asset, list]) => {
      list.sort(
        (a, b) => b.points - a.points || (a.step.operation + a.step.step < b.step.operation + b.step.step ? -1 : 1),
      );
      return [asset, fadingSum(list.map(({ points }) => points))];
    }),
  );
  const assets = new Set([...ofSteps.keys(), ...times.keys()]);
  return new Map(
    [...assets].sort().map((asset) => {
      const own = ofSteps.get(asset) ?? 0;
      const slow = (times.get(asset) ?? []).sort((a, b) => b.excessS - a.excessS);
      const share = slow.reduce((sum, { excessS }) => sum + excessS, 0) / Math.max(allS, Number.MIN_VALUE);
      const sure = 1 - 10 ** -slow.reduce((sum, { decades }) => sum + decades, 0);
      const late = TIME_WORTH * sure * (share ** 2 / (share ** 2 + SHARE_HALF ** 2));
      return [
        asset,
        {
          asset,
          points: own + late,
          latePoints: late,
          steps: (steps.get(asset) ?? []).slice(0, STEPS_MAX),
          times: slow,
        },
      ];
    }),
  );
}
