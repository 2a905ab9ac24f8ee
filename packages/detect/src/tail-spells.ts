import { SCALAR } from './series-state.ts';

/** A sample is far from the level from this many decades of surprise on: about one of ten. */
const FAR_DECADES = 1;

/** So many far samples are remembered, about. */
const MEMORY_SAMPLES = 300;

/** A series begins as if it had so many far samples, of which this share came right behind another one. */
const ASSUMED_SAMPLES = 30;
const ASSUMED_SHARE = 0.5;

/** Up to the lower share far samples come as they do in noise, from the upper one on they come in spells. */
const NOISE_SHARE = 0.22;
const SPELLS_SHARE = 0.32;

/** A sample behind another one on the same side that was so surprising is part of a spell, whatever the series is like. */
const SPELL_DECADES = 2;

/** Decades by which an alarm may lead what the series' own count says: where far samples come in spells, and where they do not. */
const LEAD_IN_SPELLS = 1.2;
const LEAD_IN_NOISE = -0.85;

/** What is assumed of a series that nothing is known of: that its far samples come in spells. */
export function beginSpells(scalars: Float64Array): void {
  scalars[SCALAR.farSamples] = ASSUMED_SAMPLES;
  scalars[SCALAR.farPairs] = ASSUMED_SAMPLES * ASSUMED_SHARE;
}

/**
 * Learns from one sample whether far samples of a series come together, on the same side of the level: the clustering of
 * exceedances, of which the extremal index of Leadbetter (1983) is the limit.
 *
 * @param surprise decades of surprise of the departure from the level, 0 where it is none
 * @param departure the departure, signed
 * @returns true for a sample that is surely part of a spell
 */
export function learnSpells(scalars: Float64Array, surprise: number, departure: number): boolean {
  const before = scalars[SCALAR.farBefore] ?? 0;
  if (surprise < FAR_DECADES) {
    scalars[SCALAR.farBefore] = 0;
    return false;
  }
  const far = departure > 0 ? surprise : -surprise;
  const isPair = far * before > 0;
  const kept = 1 - 1 / MEMORY_SAMPLES;
  scalars[SCALAR.farBefore] = far;
  scalars[SCALAR.farSamples] = Math.fround((scalars[SCALAR.farSamples] ?? 0) * kept + 1);
  scalars[SCALAR.farPairs] = Math.fround((scalars[SCALAR.farPairs] ?? 0) * kept + (isPair ? 1 : 0));
  return isPair && Math.abs(before) >= SPELL_DECADES;
}

/**
 * Decades by which an alarm may lead the series' own count. Trouble lasts for some samples, and is told although the series
 * has had the like of it; single far samples that come at random are how a series is, and are told when they are rare.
 *
 * @param isSpell whether the sample is surely part of a spell
 */
export function alarmLead(scalars: Float64Array, isSpell: boolean): number {
  return isSpell ? LEAD_IN_SPELLS : leadByPairs(scalars);
}

/**
 * What is left of a lead where a series has spells of all sizes all the time: no less than in noise.
 *
 * @param cost decades that the restlessness of the series takes off the longest lead, as of `outlying-spells.ts`
 */
export function restlessLead(lead: number, cost: number): number {
  return Math.max(LEAD_IN_NOISE, Math.min(lead, LEAD_IN_SPELLS - cost));
}

function leadByPairs(scalars: Float64Array): number {
  const share = (scalars[SCALAR.farPairs] ?? 0) / Math.max(1, scalars[SCALAR.farSamples] ?? 0);
  const part = Math.max(0, Math.min(1, (share - NOISE_SHARE) / (SPELLS_SHARE - NOISE_SHARE)));
  return LEAD_IN_NOISE * (1 - part) + LEAD_IN_SPELLS * part;
}
