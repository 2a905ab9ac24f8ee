import { type BodyValue, measureBody } from './body-distance.ts';
import type { FeatureValues } from './series-features.ts';
import { FEATURE_INDEX, SCALAR, type SeriesState } from './series-state.ts';

/** A jump counts as a departure of this part, and of a larger one where the question is how restless the series is. */
const JUMP_PART = 0.5;
const RESTLESS_JUMP_PART = 0.7;

/** What is usual at this time of day is no departure: the distance from it, times this, bounds the others, once it is known. */
const DAY_PART = 1.2;
/** It bounds what a jump says of restlessness less: a series that wanders is back at its usual where a jump is not. */
const RESTLESS_DAY_PART = 2;
const DAY_SAMPLES_MIN = 50;

/**
 * Where several samples share a quarter hour, a job of five minutes is not what is usual in all of it: there the departure beside
 * the usual one of its half hour, times this, bounds the distance too.
 */
const RATIO_PART = 3;
const SHARED_STEP_MS = 450_000;

const LEVEL = FEATURE_INDEX.level;
const JUMP = FEATURE_INDEX.jump;
const DAY = FEATURE_INDEX.day;
const DAY_RATIO = FEATURE_INDEX['day-ratio'];

/** Finds how far the sample is from where its quantities usually lie, into `distance` and `restlessDistance`, and moves their bodies. */
export function measureDistance(state: SeriesState, measured: FeatureValues, body: BodyValue): void {
  const { values } = measured;
  const { scalars, scales, totals } = state;
  body.grain = measured.grain + 1e-6 * Math.abs(measured.level);
  body.count = scalars[SCALAR.count] ?? 0;
  body.value = values[LEVEL] ?? 0;
  body.size = scales[LEVEL] ?? 0;
  measureBody(scalars, SCALAR.levelBody, body);
  const fromLevel = body.distance;
  body.value = values[JUMP] ?? 0;
  body.size = scales[JUMP] ?? 0;
  measureBody(scalars, SCALAR.jumpBody, body);
  const jump = body.distance;
  measured.distance = Math.max(fromLevel, JUMP_PART * jump);
  measured.restlessDistance = Math.max(fromLevel, RESTLESS_JUMP_PART * jump);
  if (Number.isNaN(values[DAY] ?? Number.NaN)) return;
  const days = totals[DAY] ?? 0;
  body.count = days;
  body.value = values[DAY] ?? 0;
  body.size = scales[DAY] ?? 0;
  measureBody(scalars, SCALAR.dayBody, body);
  if (days <= DAY_SAMPLES_MIN) return;
  let fromDay = DAY_PART * body.distance;
  // Not a number where the half hour has too few samples: then the day as a whole has to do.
  if ((scalars[SCALAR.stepMs] ?? 0) <= SHARED_STEP_MS) {
    const ratio = Math.abs(values[DAY_RATIO] ?? Number.NaN);
    if (ratio * RATIO_PART < fromDay) fromDay = ratio * RATIO_PART;
  }
  const bound = measured.dayShare * fromDay;
  measured.distance = Math.min(measured.distance, bound);
  measured.restlessDistance = Math.max(
    measured.distance,
    Math.min(RESTLESS_JUMP_PART * jump, RESTLESS_DAY_PART * bound),
  );
}
