/** Text to index terms: the same rules for documents and for questions, so that what is asked meets what is written. */

import { stemEnglish } from './stemmer.ts';

/** Words too common in English to tell one passage from another. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about above after again all also am an and any are as at be because been before being below between both but by ' +
    'can cannot could did do does doing during each few for from further had has have having he her here hers him his how i ' +
    'if in into is it its itself let may me might more most must my no nor not of off on once only or other our ours out over own ' +
    'per same she should so some such than that the their theirs them then there these they this those through to too ' +
    'under until up upon us very was we were what when where which while who whom why will with would you your yours'
  ).split(' '),
);

const TERM_LENGTH_MAX = 64;
const PARTS_MAX = 64;
const CACHE_ENTRIES_MAX = 20_000;

// A chunk is a word with the punctuation that holds an identifier, a path, a version or a resource name together. What is
// longer is cut, so that no pattern below runs on an endless line.
const ASCII_CHUNK = /[a-z0-9][a-z0-9_\-./:@'+]{0,255}/gi;
const UNICODE_CHUNK = /[\p{L}\p{N}][\p{L}\p{N}\p{M}_\-./:@'’+]{0,255}/gu;
const BEYOND_ASCII = /[^\t\n\r -~]/;
const SEPARATORS = /[_\-./:@'’+]+/;
const UNSPACED_SCRIPT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const NUMERIC_PATH = /^v?(\d+(?:\.\d+)+)$/i;

const chunkTerms = new Map<string, readonly string[]>();
let wordSegmenter: Intl.Segmenter | undefined;

/**
 * The terms of `text` in order, repeats included: lower case, accents folded, English words stemmed, stop words dropped.
 *
 * An identifier is given whole and in parts: `KubePodCrashLooping` is `kubepodcrashloop`, `kube`, `pod`, `crash`, `loop`;
 * `v2.4.1` is `2.4.1`, `2.4`, `2`. Scripts written without spaces are cut by Unicode word segmentation (UAX #29).
 */
export function analyse(text: string): string[] {
  const terms: string[] = [];
  for (const chunk of chunksOf(text)) {
    for (const term of termsOfChunk(chunk)) terms.push(term);
  }
  return terms;
}

/** The words of a text with the punctuation that holds an identifier, a path or a version together. */
export function chunksOf(text: string): readonly string[] {
  return text.match(BEYOND_ASCII.test(text) ? UNICODE_CHUNK : ASCII_CHUNK) ?? [];
}

/** The terms of one chunk. The same come again and again, so they are remembered; the memory is emptied when it is full. */
export function termsOfChunk(chunk: string): readonly string[] {
  const known = chunkTerms.get(chunk);
  if (known) return known;
  const terms = analyseChunk(chunk);
  if (chunk.length <= TERM_LENGTH_MAX) {
    if (chunkTerms.size >= CACHE_ENTRIES_MAX) chunkTerms.clear();
    chunkTerms.set(chunk, terms);
  }
  return terms;
}

function analyseChunk(chunk: string): readonly string[] {
  if (UNSPACED_SCRIPT.test(chunk)) return segmentWords(chunk);
  const bare = foldAccents(chunk)
    .replace(/[_\-./:@'’+]+$/, '')
    .replace(/['’]s$/i, '');
  const version = NUMERIC_PATH.exec(bare)?.[1];
  if (version !== undefined) return versionTerms(version);
  const segments = bare.split(SEPARATORS, PARTS_MAX).filter((segment) => segment !== '');
  const only = segments.length === 1 ? segments[0] : undefined;
  const terms: string[] = [];
  for (const segment of segments) {
    const parts = splitCamelCase(segment);
    if (parts.length > 1) pushTerm(terms, segment, 2);
    for (const part of parts) pushTerm(terms, part, only === undefined || parts.length > 1 ? 2 : 1);
  }
  if (only === undefined) pushTerm(terms, segments.join(''), 2);
  return terms;
}

function pushTerm(terms: string[], word: string, lengthMin: number): void {
  const lower = word.toLowerCase();
  if (lower.length < lengthMin || lower.length > TERM_LENGTH_MAX || STOP_WORDS.has(lower)) return;
  terms.push(stemEnglish(lower));
}

/** `DynamoDB` -> `Dynamo`, `DB`; `HTTPServer` -> `HTTP`, `Server`; digits stay with their letters (`p99`, `k8s`). */
function splitCamelCase(segment: string): readonly string[] {
  if (!/[a-z]/.test(segment) || !/[A-Z]/.test(segment.slice(1))) return [segment];
  return segment
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ', PARTS_MAX);
}

/** `2.4.1` -> `2.4.1`, `2.4`, `2`, so that a question about release 2.4 meets a text about 2.4.1. */
function versionTerms(version: string): readonly string[] {
  const numbers = version.split('.', 8);
  return numbers.map((_, index) => numbers.slice(0, numbers.length - index).join('.'));
}

function foldAccents(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}+/gu, '');
}

function segmentWords(chunk: string): readonly string[] {
  wordSegmenter ??= new Intl.Segmenter('en', { granularity: 'word' });
  const terms: string[] = [];
  for (const { segment, isWordLike } of wordSegmenter.segment(chunk)) {
    if (isWordLike) pushTerm(terms, segment.normalize('NFKC'), 1);
  }
  return terms;
}
