/** A lexical index in memory: BM25 over three weighted fields, postings in typed arrays. */

import { HeliosError } from '@heliosiq/model';
import { analyse, termsOfChunk } from './analyser.ts';
import { createUnitScores } from './unit-scores.ts';
import type { QueryTerm, ScoredUnit } from './unit-scores.ts';
import { largestFrequency } from './bm25-scoring.ts';
import type { FieldNorms, Scoreboard } from './bm25-scoring.ts';
import { DEFAULT_BM25_SETTINGS } from './bm25-settings.ts';
import type { Bm25Settings } from './bm25-settings.ts';
import { sweepIndex } from './bm25-sweep.ts';
import { createChunkTable } from './chunk-table.ts';
import { compoundParts } from './compound-parts.ts';
import { createFieldLengths } from './field-lengths.ts';
import type { FieldLengthParts } from './field-lengths.ts';
import { nearTerms } from './near-terms.ts';
import type { KnownTerms, NearTerm } from './near-terms.ts';
import { createPostingLists, grown } from './posting-lists.ts';
import type { PostingParts } from './posting-lists.ts';
import { feedbackTerms } from './relevance-feedback.ts';
import type { FeedbackSettings, FeedbackUnit } from './relevance-feedback.ts';
import { createTermBounds } from './term-bounds.ts';
import { createUnitTerms } from './unit-terms.ts';
import type { UnitTermParts } from './unit-terms.ts';

/** What is indexed of a unit: its document's title, the headings above it, its text. */
export interface IndexedText {
  readonly title?: string;
  readonly headings?: readonly string[];
  readonly body: string;
}

export interface Bm25Hit {
  readonly key: string;
  readonly score: number;
}

export interface Bm25SearchOptions {
  readonly limit: number;
  /** Keys to consider; the others are passed over before they take a place. */
  readonly accept?: (key: string) => boolean;
  /** Widens the question by the words of the best units; not done when absent. */
  readonly feedback?: FeedbackSettings;
}

/** One index of one tenant. Keys are the caller's; adding a known key replaces it. */
export interface Bm25Index {
  readonly add: (key: string, text: IndexedText) => void;
  /** True when the key was there. */
  readonly remove: (key: string) => boolean;
  readonly search: (query: string, options: Bm25SearchOptions) => Bm25Hit[];
  /** For each key the share of the question, weighted by how rare its terms are, that the unit contains: 0 to 1. */
  readonly coverage: (query: string, keys: readonly string[]) => number[];
  /** The question's terms, each with its weight by rarity. */
  readonly weights: (query: string) => ReadonlyMap<string, number>;
  readonly size: () => number;
  /** Bytes of the typed arrays; the dictionary and the keys come on top. */
  readonly bytes: () => number;
  /** What `createBm25` makes the same index of; its arrays are views, valid until the next change. */
  readonly parts: () => Bm25Parts;
}

/** An index as plain arrays and strings, for a snapshot. */
export interface Bm25Parts extends FieldLengthParts {
  readonly lists: PostingParts;
  readonly unitTerms: UnitTermParts;
  /** In the order of their numbers. */
  readonly terms: readonly string[];
  /** In the order of their numbers. */
  readonly keys: readonly string[];
}

/** The most units in one index; adding more is an error. */
export const UNITS_MAX = 2_000_000;

const TITLE_SHIFT = 24;
const HEADING_SHIFT = 16;
const SMALL_FREQUENCY_MAX = 0xff;
const BODY_FREQUENCY_MAX = 0xffff;
const QUERY_TERMS_MAX = 256;
/** Deeper lists are made by reading all postings: so many units are hardly told from the rest by bounds. */
export const PRUNED_LIMIT_MAX = 100;
/** Unknown words of a question that are looked for among the known ones: each takes a walk through the dictionary. */
const GUESSES_MAX = 4;
/** A part of a compound says less than the whole. */
const COMPOUND_PART_WEIGHT = 0.5;
/** Shares of a question are weighted as in a collection of this size at least: few units say little of how rare words are. */
const SHARE_UNITS_MIN = 1000;
/** Removed units are swept out when they are more than this share of all. */
const DEAD_SHARE_MAX = 0.25;
const DEAD_UNITS_MIN = 64;

/**
 * An index, empty or made of `parts`. The score of a unit is the sum over query terms of `idf * tf / (k1 + tf)`, where `tf`
 * adds up the term's frequencies in the three fields, each weighted and divided by its relative length (BM25F: Robertson,
 * Zaragoza and Taylor, Simple BM25 extension to multiple weighted fields, CIKM 2004); `idf = ln(1 + (N - n + 0.5) / (n + 0.5))`.
 *
 * A removed unit is only marked until the next sweep; until then it still counts in `n` and `N`, never in an answer.
 */
export function createBm25(settings: Bm25Settings = DEFAULT_BM25_SETTINGS, parts?: Bm25Parts): Bm25Index {
  let lists = createPostingLists(parts?.lists);
  let unitTerms = createUnitTerms(parts?.unitTerms);
  let terms = new Map<string, number>(parts?.terms.map((term, number) => [term, number]));
  let keys: (string | undefined)[] = [...(parts?.keys ?? [])];
  let numbers = new Map<string, number>(parts?.keys.map((key, unit) => [key, unit]));
  const bounds = createTermBounds();
  let lengths = createFieldLengths(settings, bounds.stretch, parts);
  /** 1 where a term may widen a question: a word, not a number or a single letter. */
  let words = Uint8Array.from(parts?.terms ?? [], (term) => (isWord(term) ? 1 : 0));

  // For counting the terms of one unit: the frequencies of the three fields in 32 bits by term, all 0 between units.
  let counts = new Uint32Array(words.length);
  let counted = new Uint32Array(256);
  let countedTerms = 0;
  const chunkTable = createChunkTable((chunk) => termsOfChunk(chunk).map((term) => terms.get(term) ?? addTerm(term)));

  /** The terms that begin with a letter, for those letters that a misspelt word began with. */
  const termsByLetter = new Map<number, string[]>();
  const board: Scoreboard = { scores: new Float32Array(0), touched: new Uint32Array(0) };

  function add(key: string, text: IndexedText): void {
    remove(key);
    if (keys.length >= UNITS_MAX) throw new HeliosError('too-large', `the index holds its ${UNITS_MAX} passages`);
    const unit = keys.length;
    let title = 0;
    let heading = 0;
    if (text.title !== undefined) title = count(text.title, TITLE_SHIFT, SMALL_FREQUENCY_MAX);
    for (const each of text.headings ?? []) heading += count(each, HEADING_SHIFT, SMALL_FREQUENCY_MAX);
    const unitLengths = { title, heading, body: count(text.body, 0, BODY_FREQUENCY_MAX) };
    const unitNorms = lengths.normsOf(unitLengths);
    for (let at = 0; at < countedTerms; at++) {
      const number = counted[at] ?? 0;
      const frequencies = counts[number] ?? 0;
      counts[number] = 0;
      lists.append(number, unit, frequencies);
      const inTitle = frequencies >>> TITLE_SHIFT;
      const inHeadings = (frequencies >>> HEADING_SHIFT) & SMALL_FREQUENCY_MAX;
      const inBody = frequencies & BODY_FREQUENCY_MAX;
      unitTerms.append(number, inTitle + inHeadings + inBody);
      if (unitNorms !== undefined && bounds.isKnown(number)) {
        const { title: byTitle, heading: byHeading, body: byBody } = unitNorms;
        bounds.raise(number, inTitle * byTitle + inHeadings * byHeading + inBody * byBody);
      }
    }
    countedTerms = 0;
    unitTerms.endUnit();
    keys.push(key);
    numbers.set(key, unit);
    lengths.put(unit, unitLengths);
  }

  /** Counts a field's terms into `counts`, which numbers are in `counted`; gives how many terms the field has. */
  function count(text: string, shift: number, most: number): number {
    let length = 0;
    // Added, not or-ed: the title's bits reach into the sign bit of 32-bit operators.
    const one = 2 ** shift;
    chunkTable.read(text);
    // This loop is most of the time of indexing: it makes no iterator and no closure.
    for (let found = chunkTable.next(); found !== undefined; found = chunkTable.next()) {
      length += found.length;
      for (let at = 0; at < found.length; at++) {
        const number = found[at] ?? 0;
        const packed = counts[number] ?? 0;
        if (packed === 0) {
          if (countedTerms === counted.length) counted = grown(counted, countedTerms + 1);
          counted[countedTerms++] = number;
        }
        if (((packed >>> shift) & most) < most) counts[number] = packed + one;
      }
    }
    return length;
  }

  function addTerm(term: string): number {
    const number = lists.addTerm();
    terms.set(term, number);
    if (number >= words.length) words = grown(words, Math.max(256, number + 1));
    if (number >= counts.length) counts = grown(counts, words.length);
    words[number] = isWord(term) ? 1 : 0;
    termsByLetter.get(term.charCodeAt(0))?.push(term);
    return number;
  }

  /** The terms that a word of the question is compared with: sorted by letter at the first word that needs it. */
  function knownTerms(word: string): KnownTerms {
    const letter = word.charCodeAt(0);
    let sharing = termsByLetter.get(letter);
    if (sharing === undefined) {
      sharing = [...terms.keys()].filter((term) => term.charCodeAt(0) === letter);
      termsByLetter.set(letter, sharing);
    }
    return { terms: sharing, numberOf: (term) => terms.get(term), frequencyOf: lists.documentFrequency };
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

  function sweep(): void {
    const swept = sweepIndex({ lists, unitTerms, terms, keys });
    const before = lengths.parts(keys.length);
    lengths = createFieldLengths(settings, bounds.stretch);
    for (const [unit, fresh] of swept.renumbered.entries()) {
      if (fresh < 0) continue;
      const [title = 0, heading = 0] = [before.titleLengths[unit], before.headingLengths[unit]];
      lengths.put(fresh, { title, heading, body: before.bodyLengths[unit] ?? 0 });
    }
    ({ lists, unitTerms, terms } = swept);
    keys = swept.keys;
    numbers = new Map(swept.keys.map((key, unit) => [key, unit]));
    words = Uint8Array.from(terms.keys(), (term) => (isWord(term) ? 1 : 0));
    counts = new Uint32Array(words.length);
    chunkTable.clear();
    bounds.clear();
    termsByLetter.clear();
  }

  function prepare(): FieldNorms {
    const units = keys.length;
    if (board.scores.length < units) {
      const room = Math.ceil(units * 1.5);
      board.scores = new Float32Array(room);
      board.touched = new Uint32Array(room);
    }
    return lengths.norms(units);
  }

  /** The question's terms with how often it has them, and the weight by rarity of a term. */
  function queryTerms(query: string): ReadonlyMap<string, number> {
    const wanted = new Map<string, number>();
    for (const term of analyse(query).slice(0, QUERY_TERMS_MAX)) wanted.set(term, (wanted.get(term) ?? 0) + 1);
    return wanted;
  }

  /** The question's terms by number, with their weights; what the index does not know stands for what is nearest to it. */
  function termNumbers(query: string): ReadonlyMap<number, number> {
    const weights = new Map<number, number>();
    let guesses = 0;
    for (const [term, repeats] of queryTerms(query)) {
      const number = terms.get(term);
      if (number !== undefined) weights.set(number, (weights.get(number) ?? 0) + repeats);
      else if (guesses++ < GUESSES_MAX) {
        const near = nearTerms(term, knownTerms(term));
        for (const { number: meant, weight } of near.length > 0 ? near : partsOf(term)) {
          weights.set(meant, (weights.get(meant) ?? 0) + weight * repeats);
        }
      }
    }
    return weights;
  }

  /** The known words that an unknown one is made of. */
  function partsOf(word: string): readonly NearTerm[] {
    return compoundParts(word, (term) => terms.has(term)).flatMap((term) => {
      const number = terms.get(term);
      return number === undefined ? [] : [{ number, weight: COMPOUND_PART_WEIGHT }];
    });
  }

  function rarity(number: number | undefined, isShare = false): number {
    const found = number === undefined ? 0 : lists.documentFrequency(number);
    const units = isShare ? Math.max(keys.length, SHARE_UNITS_MIN) : keys.length;
    return Math.log(1 + (units - found + 0.5) / (found + 0.5));
  }

  /** Equal scores are ordered by key and not by age, so that a rebuilt index gives the same answer. */
  function compareKeys(a: number, b: number): number {
    return (keys[a] ?? '') < (keys[b] ?? '') ? -1 : 1;
  }

  function withPostings(weights: ReadonlyMap<number, number>, norms: FieldNorms): QueryTerm[] {
    const postingWords = lists.words();
    const found = [...weights].map(([number, repeats]): QueryTerm => {
      const head = lists.head(number);
      const weight = repeats * rarity(number);
      return {
        head,
        weight,
        postings: lists.documentFrequency(number),
        bound() {
          const frequency = bounds.of(number, () => largestFrequency({ words: postingWords, head, norms }));
          return (weight * frequency) / (settings.k1 + frequency);
        },
      };
    });
    return found.sort((one, other) => other.weight - one.weight);
  }

  /** What feedback adds to the question's weights from the best units. */
  function added(
    original: ReadonlyMap<number, number>,
    feedback: FeedbackSettings,
    units: readonly ScoredUnit[],
  ): ReadonlyMap<number, number> {
    const documentsMax = keys.length * feedback.documentShareMax;
    const originalTotal = [...original.values()].reduce((sum, weight) => sum + weight, 0);
    return feedbackTerms(
      units.map(({ item, score }): FeedbackUnit => {
        return { score, length: lengths.total(item), frequencies: unitTerms.terms(item) };
      }),
      originalTotal,
      {
        settings: feedback,
        isUseful: (term) => {
          const found = lists.documentFrequency(term);
          return words[term] === 1 && found > 1 && found < documentsMax;
        },
      },
    );
  }

  return {
    add,
    remove,
    search(query, options) {
      if (numbers.size === 0 || options.limit <= 0) return [];
      const { accept, feedback, limit } = options;
      const norms = prepare();
      const isAccepted = (unit: number): boolean => {
        const key = keys[unit];
        return key !== undefined && (accept === undefined || accept(key));
      };
      const { k1 } = settings;
      const scores = createUnitScores({
        words: lists.words(),
        norms,
        k1,
        board,
        accept: isAccepted,
        compare: compareKeys,
      });
      const original = termNumbers(query);
      scores.add(withPostings(original, norms));
      let share = 1;
      if (feedback !== undefined && original.size <= feedback.questionTermsMax) {
        const isShallow = limit <= PRUNED_LIMIT_MAX;
        const plain = scores.best(isShallow ? Math.max(limit, feedback.unitsMax) : feedback.unitsMax);
        const more = added(original, feedback, plain.slice(0, feedback.unitsMax));
        if (more.size > 0) share = feedback.originalShare;
        const moreTerms = withPostings(more, norms);
        if (isShallow && plain.length >= limit) scores.addForBest(moreTerms, limit, plain);
        else scores.add(moreTerms);
      }
      const best = scores.best(limit);
      scores.clear();
      return best.map(({ item, score }) => ({ key: keys[item] ?? '', score: score * share }));
    },
    coverage(query, wantedKeys) {
      const rarities = new Map<number, number>();
      let total = 0;
      for (const term of queryTerms(query).keys()) {
        const number = terms.get(term);
        const weight = rarity(number, true);
        total += weight;
        if (number !== undefined) rarities.set(number, weight);
      }
      return wantedKeys.map((key) => {
        const unit = numbers.get(key);
        if (unit === undefined || total === 0) return 0;
        let covered = 0;
        for (const [term] of unitTerms.terms(unit)) covered += rarities.get(term) ?? 0;
        return Math.min(1, covered / total);
      });
    },
    weights: (query) => new Map([...queryTerms(query).keys()].map((term) => [term, rarity(terms.get(term), true)])),
    size: () => numbers.size,
    bytes: () =>
      lists.bytes() +
      unitTerms.bytes() +
      lengths.bytes() +
      bounds.bytes() +
      words.byteLength +
      counts.byteLength +
      board.scores.byteLength * 2,
    parts() {
      if (numbers.size < keys.length) sweep();
      return {
        lists: lists.parts(),
        unitTerms: unitTerms.parts(),
        terms: [...terms.keys()],
        keys: keys.map((key) => key ?? ''),
        ...lengths.parts(keys.length),
      };
    },
  };
}

function isWord(term: string): boolean {
  return term.length > 1 && !/^\d+$/.test(term);
}
