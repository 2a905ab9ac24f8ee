/** The best passages of a fused list held against the question once more, by what neither words alone nor vectors see. */

import { analyse } from './analyser.ts';
import type { PassageFields } from './passage-fields.ts';

/** What was seen in a passage, each 0 to 1. */
export interface PassageFeatures {
  /** How many neighbouring words of the question stand near each other here too, weighted by how rare they are. */
  readonly proximity: number;
  /** The share of the question, weighted by how rare its words are, in title and headings. */
  readonly headings: number;
}

/** The first passages of a list that are read: further down there is nothing to gain. */
export const FEATURE_DEPTH = 20;

/** What complete proximity, and a question that stands in the headings, add to a score, in deviations of the scores read. */
const PROXIMITY_WEIGHT = 1.5;
const HEADINGS_WEIGHT = 0.75;
/** Words at most so far apart are near. */
const NEAR_TERMS = 8;
/** Longer passages, such as large tables, are read to here. */
const TERMS_READ_MAX = 2000;

/** What the passages show of a question whose terms have these weights by rarity. */
export function passageFeatures(
  question: string,
  weights: ReadonlyMap<string, number>,
  passages: readonly Pick<PassageFields, 'title' | 'headings' | 'text'>[],
): PassageFeatures[] {
  const pairs = neighbours(question, weights);
  const pairsTotal = pairs.reduce((sum, { weight }) => sum + weight, 0);
  let termsTotal = 0;
  for (const weight of weights.values()) termsTotal += weight;
  return passages.map(({ title = '', headings, text }) => {
    const places = placesOf(text, weights);
    let near = 0;
    for (const { first, second, weight } of pairs) {
      const meetings = countMeetings(places.get(first), places.get(second));
      near += (weight * meetings) / (meetings + 1);
    }
    let inHeadings = 0;
    for (const term of new Set(analyse([title, ...headings].join('\n')))) inHeadings += weights.get(term) ?? 0;
    return { proximity: near / (pairsTotal || 1), headings: inHeadings / (termsTotal || 1) };
  });
}

/** The scores with what the features add, on the scale that the scores have. */
export function scoresWithFeatures(scores: readonly number[], features: readonly PassageFeatures[]): number[] {
  const read = scores.slice(0, features.length);
  const mean = read.reduce((sum, score) => sum + score, 0) / (read.length || 1);
  const variance = read.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (read.length || 1);
  const deviation = Math.sqrt(variance) || 1;
  return scores.map((score, at) => {
    const seen = features[at];
    if (seen === undefined) return score;
    return score + deviation * (PROXIMITY_WEIGHT * seen.proximity + HEADINGS_WEIGHT * seen.headings);
  });
}

/** Each two words that follow each other in the question, weighted by the more common of them. */
function neighbours(question: string, weights: ReadonlyMap<string, number>) {
  const terms = analyse(question);
  const pairs = new Map<string, { readonly first: string; readonly second: string; readonly weight: number }>();
  for (const [at, first] of terms.entries()) {
    const second = terms[at + 1];
    const [one, other] = [weights.get(first), second === undefined ? undefined : weights.get(second)];
    if (second === undefined || first === second || one === undefined || other === undefined) continue;
    pairs.set(`${first} ${second}`, { first, second, weight: Math.min(one, other) });
  }
  return [...pairs.values()];
}

/** Where the question's terms stand in a text, counted in terms. */
function placesOf(text: string, weights: ReadonlyMap<string, number>): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [at, term] of analyse(text).slice(0, TERMS_READ_MAX).entries()) {
    if (!weights.has(term)) continue;
    const known = places.get(term);
    if (known === undefined) places.set(term, [at]);
    else known.push(at);
  }
  return places;
}

/** How often a place of the one list is near a place of the other; both ascend. */
function countMeetings(one: readonly number[] = [], other: readonly number[] = []): number {
  let meetings = 0;
  let from = 0;
  for (const place of one) {
    while (from < other.length && (other[from] ?? 0) < place - NEAR_TERMS) from += 1;
    for (let at = from; at < other.length && (other[at] ?? 0) <= place + NEAR_TERMS; at += 1) meetings += 1;
  }
  return meetings;
}
