/** A lexical index in memory: BM25 over three weighted fields, postings in typed arrays. */

import { HeliosError } from '@heliosiq/model';
import { analyse } from './analyser.ts';
import { BLOCK_HEADER_WORDS, createPostingLists, grown } from './posting-lists.ts';
import { createTopK } from './top-k.ts';

/** What is indexed of a unit: its document's title, the headings above it, its text. */
export interface IndexedText {
  readonly title?: string;
  readonly headings?: readonly string[];
  readonly body: string;
}

/** The constants of the ranking; see `DEFAULT_BM25_SETTINGS`. */
export interface Bm25Settings {
  /** How soon repeats of a term stop counting. */
  readonly k1: number;
  /** How much a long body is held against a match, 0 to 1. */
  readonly bodyB: number;
  /** The same for title and headings. */
  readonly headingB: number;
  readonly titleWeight: number;
  readonly headingWeight: number;
}

export const DEFAULT_BM25_SETTINGS: Bm25Settings = {
  k1: 1.6,
  bodyB: 0.5,
  headingB: 0.3,
  titleWeight: 2,
  headingWeight: 1.5,
};

export interface Bm25Hit {
  readonly key: string;
  readonly score: number;
  /** The share of the query, weighted by how rare its terms are, that the unit contains at all: 0 to 1. */
  readonly coverage: number;
}

export interface Bm25SearchOptions {
  readonly limit: number;
  /** Keys to consider; the others are passed over before they take a place. */
  readonly accept?: (key: string) => boolean;
}

/** One index of one tenant. Keys are the caller's; adding a known key replaces it. */
export interface Bm25Index {
  readonly add: (key: string, text: IndexedText) => void;
  /** True when the key was there. */
  readonly remove: (key: string) => boolean;
  readonly search: (query: string, options: Bm25SearchOptions) => Bm25Hit[];
  readonly size: () => number;
  /** Bytes of the typed arrays; the dictionary and the keys come on top. */
  readonly bytes: () => number;
}

/** The most units in one index; adding more is an error. */
export const UNITS_MAX = 2_000_000;

const TITLE_SHIFT = 24;
const HEADING_SHIFT = 16;
const SMALL_FREQUENCY_MAX = 0xff;
const BODY_FREQUENCY_MAX = 0xffff;
const QUERY_TERMS_MAX = 256;
/** Removed units are swept out when they are more than this share of all. */
const DEAD_SHARE_MAX = 0.25;
const DEAD_UNITS_MIN = 64;

/**
 * An empty index. The score of a unit is the sum over query terms of `idf * tf / (k1 + tf)`, where `tf` adds up the term's
 * frequencies in the three fields, each weighted and divided by its relative length (BM25F: Robertson, Zaragoza and Taylor,
 * Simple BM25 extension to multiple weighted fields, CIKM 2004); `idf = ln(1 + (N - n + 0.5) / (n + 0.5))`.
 *
 * A removed unit is only marked until the next sweep; until then it still counts in `n` and `N`, never in an answer.
 */
export function createBm25(settings: Bm25Settings = DEFAULT_BM25_SETTINGS): Bm25Index {
  let lists = createPostingLists();
  let terms = new Map<string, number>();
  let keys: (string | undefined)[] = [];
  let numbers = new Map<string, number>();
  let titleLengths = new Uint16Array(256);
  let headingLengths = new Uint16Array(256);
  let bodyLengths = new Uint32Array(256);

  // What is derived for searching; made anew after a change, and reused between searches.
  let norms: { readonly title: Float32Array; readonly heading: Float32Array; readonly body: Float32Array } | undefined;
  let scores = new Float32Array(0);
  let coverages = new Float32Array(0);
  let touched = new Uint32Array(0);

  function add(key: string, text: IndexedText): void {
    remove(key);
    if (keys.length >= UNITS_MAX) throw new HeliosError('too-large', `the index holds its ${UNITS_MAX} passages`);
    const unit = keys.length;
    if (unit === bodyLengths.length) {
      titleLengths = grown(titleLengths, unit + 1);
      headingLengths = grown(headingLengths, unit + 1);
      bodyLengths = grown(bodyLengths, unit + 1);
    }
    const title = analyse(text.title ?? '');
    const headings = (text.headings ?? []).flatMap(analyse);
    const body = analyse(text.body);
    const counts = new Map<string, number>();
    count(counts, title, TITLE_SHIFT, SMALL_FREQUENCY_MAX);
    count(counts, headings, HEADING_SHIFT, SMALL_FREQUENCY_MAX);
    count(counts, body, 0, BODY_FREQUENCY_MAX);
    for (const [term, frequencies] of counts) {
      let number = terms.get(term);
      if (number === undefined) {
        number = lists.addTerm();
        terms.set(term, number);
      }
      lists.append(number, unit, frequencies);
    }
    keys.push(key);
    numbers.set(key, unit);
    titleLengths[unit] = Math.min(0xffff, title.length);
    headingLengths[unit] = Math.min(0xffff, headings.length);
    bodyLengths[unit] = body.length;
    norms = undefined;
  }

  function remove(key: string): boolean {
    const unit = numbers.get(key);
    if (unit === undefined) return false;
    numbers.delete(key);
    keys[unit] = undefined;
    const dead = keys.length - numbers.size;
    if (dead >= DEAD_UNITS_MIN && dead > keys.length * DEAD_SHARE_MAX) sweep();
    return true;
  }

  /** Copies what is alive into fresh lists, units renumbered in their order. */
  function sweep(): void {
    const renumbered = new Int32Array(keys.length).fill(-1);
    let alive = 0;
    for (let unit = 0; unit < keys.length; unit++) {
      if (keys[unit] === undefined) continue;
      renumbered[unit] = alive;
      titleLengths[alive] = titleLengths[unit] ?? 0;
      headingLengths[alive] = headingLengths[unit] ?? 0;
      bodyLengths[alive] = bodyLengths[unit] ?? 0;
      alive += 1;
    }
    const freshLists = createPostingLists();
    const freshTerms = new Map<string, number>();
    for (const [term, number] of terms) {
      let fresh: number | undefined;
      for (const [unit, frequencies] of postings(number)) {
        const renumberedUnit = renumbered[unit] ?? -1;
        if (renumberedUnit < 0) continue;
        if (fresh === undefined) {
          fresh = freshLists.addTerm();
          freshTerms.set(term, fresh);
        }
        freshLists.append(fresh, renumberedUnit, frequencies);
      }
    }
    lists = freshLists;
    terms = freshTerms;
    keys = keys.filter((key) => key !== undefined);
    numbers = new Map([...numbers].map(([key, unit]) => [key, renumbered[unit] ?? 0]));
    norms = undefined;
  }

  function* postings(term: number): Generator<readonly [unit: number, frequencies: number]> {
    const words = lists.words();
    for (let block = lists.head(term); block !== 0; block = words[block] ?? 0) {
      const end = block + BLOCK_HEADER_WORDS + (words[block + 1] ?? 0);
      for (let at = block + BLOCK_HEADER_WORDS; at < end; at += 2) yield [words[at] ?? 0, words[at + 1] ?? 0];
    }
  }

  function prepare(): NonNullable<typeof norms> {
    if (norms) return norms;
    const units = keys.length;
    norms = {
      title: fieldNorms(titleLengths, settings.headingB, settings.titleWeight),
      heading: fieldNorms(headingLengths, settings.headingB, settings.headingWeight),
      body: fieldNorms(bodyLengths, settings.bodyB, 1),
    };
    if (scores.length < units) {
      scores = new Float32Array(bodyLengths.length);
      coverages = new Float32Array(bodyLengths.length);
      touched = new Uint32Array(bodyLengths.length);
    }
    return norms;
  }

  /** For each unit what one occurrence in a field counts: the field's weight over its relative length. */
  function fieldNorms(lengths: Uint16Array | Uint32Array, b: number, weight: number): Float32Array {
    const units = keys.length;
    let total = 0;
    let withField = 0;
    for (let unit = 0; unit < units; unit++) {
      const length = lengths[unit] ?? 0;
      total += length;
      if (length > 0) withField += 1;
    }
    // Over the units that have the field at all: where titles are rare, having one is not being long.
    const average = total / withField || 1;
    const fieldNorm = new Float32Array(units);
    for (let unit = 0; unit < units; unit++) fieldNorm[unit] = weight / (1 - b + (b * (lengths[unit] ?? 0)) / average);
    return fieldNorm;
  }

  /** Equal scores are ordered by key and not by age, so that a rebuilt index gives the same answer. */
  function compareKeys(a: number, b: number): number {
    return (keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1;
  }

  function search(query: string, { limit, accept }: Bm25SearchOptions): Bm25Hit[] {
    const wanted = new Map<string, number>();
    for (const term of analyse(query).slice(0, QUERY_TERMS_MAX)) wanted.set(term, (wanted.get(term) ?? 0) + 1);
    if (wanted.size === 0 || numbers.size === 0 || limit <= 0) return [];
    const { title, heading, body } = prepare();
    const { k1 } = settings;
    const words = lists.words();
    let touchedCount = 0;
    let weightTotal = 0;

    for (const [term, repeats] of wanted) {
      const number = terms.get(term);
      const found = number === undefined ? 0 : lists.documentFrequency(number);
      const idf = Math.log(1 + (keys.length - found + 0.5) / (found + 0.5));
      weightTotal += idf;
      if (number === undefined) continue;
      const weight = idf * repeats;
      for (let block = lists.head(number); block !== 0; block = words[block] ?? 0) {
        const end = block + BLOCK_HEADER_WORDS + (words[block + 1] ?? 0);
        for (let at = block + BLOCK_HEADER_WORDS; at < end; at += 2) {
          const unit = words[at] ?? 0;
          const frequencies = words[at + 1] ?? 0;
          let tf = (frequencies & BODY_FREQUENCY_MAX) * (body[unit] ?? 0);
          if (frequencies > BODY_FREQUENCY_MAX) {
            tf += ((frequencies >>> HEADING_SHIFT) & SMALL_FREQUENCY_MAX) * (heading[unit] ?? 0);
            tf += (frequencies >>> TITLE_SHIFT) * (title[unit] ?? 0);
          }
          const before = scores[unit] ?? 0;
          if (before === 0) touched[touchedCount++] = unit;
          scores[unit] = before + (weight * tf) / (k1 + tf);
          coverages[unit] = (coverages[unit] ?? 0) + idf;
        }
      }
    }

    const best = createTopK(limit, compareKeys);
    for (let index = 0; index < touchedCount; index++) {
      const unit = touched[index] ?? 0;
      const score = scores[unit] ?? 0;
      scores[unit] = 0;
      const key = keys[unit];
      if (score < best.threshold() || key === undefined || (accept && !accept(key))) continue;
      best.offer(unit, score);
    }
    const hits = best.take().map(({ item, score }) => ({
      key: keys[item] ?? '',
      score,
      coverage: Math.min(1, (coverages[item] ?? 0) / weightTotal),
    }));
    for (let index = 0; index < touchedCount; index++) coverages[touched[index] ?? 0] = 0;
    return hits;
  }

  return {
    add,
    remove,
    search,
    size: () => numbers.size,
    bytes: () =>
      lists.bytes() +
      titleLengths.byteLength +
      headingLengths.byteLength +
      bodyLengths.byteLength +
      (norms ? norms.body.byteLength * 3 : 0) +
      scores.byteLength * 3,
  };
}

function count(counts: Map<string, number>, terms: readonly string[], shift: number, most: number): void {
  for (const term of terms) {
    const packed = counts.get(term) ?? 0;
    const frequency = (packed >>> shift) & most;
    // Added as a number, not by `|`, because the title's bits reach into the sign bit of 32-bit operators.
    if (frequency < most) counts.set(term, packed + 2 ** shift);
  }
}
