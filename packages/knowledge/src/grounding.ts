/** Whether a sentence says what its citations say: by its words, numbers, names and negations, without a model. */

import type { Support } from '@heliosiq/model';
import type { Claim, GroundingCheck } from '@heliosiq/ports';
import { analyse } from './analyser.ts';

const CLAIM_LENGTH_MAX = 4000;
const QUOTES_MAX = 20;
/** From here on a claim is supported, and from here on partly. */
const SUPPORTED_FROM = 0.75;
const PARTLY_FROM = 0.4;

/** Numbers with what makes them another number: sign, decimals, percent. */
const NUMBER = /(?<![\p{L}\p{N}.])[-+]?\d+(?:[.,]\d+)*\s?%?/gu;
const NEGATION = /\b(?:not|never|no|none|nor|cannot|can't|won't|don't|doesn't|isn't|aren't|without|neither|nothing)\b/i;
/** An identifier: code in back-ticks, inner capitals, or letters joined with digits, dots, dashes or underscores. */
const IDENTIFIER = /`[^`]+`|\b\p{L}+(?:\p{Ll}\p{Lu}|[-_.:/]\p{L}|[-_]?\p{N})[\p{L}\p{N}_.:/-]*/gu;

/**
 * The share of a claim's terms that stand in its best quotes, where a number or an identifier that stands in none of them
 * makes the claim unsupported whatever else it shares, and a negation on one side alone makes it at most partly supported.
 * A claim without quotes is unsupported; words in another language than the quotes are not recognised.
 */
export const checkGrounding: GroundingCheck = (claims) => claims.map(supportOf);

function supportOf({ text, quotes }: Claim): Support {
  const claim = text.slice(0, CLAIM_LENGTH_MAX).replace(/\s?\[\d{1,4}\]/g, '');
  const read = quotes.slice(0, QUOTES_MAX).map((quote) => quote.slice(0, CLAIM_LENGTH_MAX));
  const terms = new Set(wordsOf(claim));
  if (terms.size === 0 || read.length === 0) return { verdict: 'unsupported', score: 0 };
  const quoted = new Set(read.flatMap(wordsOf));
  const shared = [...terms].filter((term) => quoted.has(term)).length / terms.size;
  const all = read.join('\n');
  if (!holdsAll(claim, all, NUMBER, normalNumber) || !holdsAll(claim, all, IDENTIFIER, normalIdentifier)) {
    return { verdict: 'unsupported', score: rounded(Math.min(shared, PARTLY_FROM) / 2) };
  }
  const nearest = read.find((quote) => sharesMost(quote, terms, read)) ?? all;
  const isTurned = NEGATION.test(claim) !== NEGATION.test(nearest) && !nearest.includes(claim.trim());
  const score = isTurned ? Math.min(shared, SUPPORTED_FROM - 0.01) : shared;
  const verdict = score >= SUPPORTED_FROM ? 'supported' : score >= PARTLY_FROM ? 'partly' : 'unsupported';
  return { verdict, score: rounded(score) };
}

/** Terms without numbers, which are compared by value. */
function wordsOf(text: string): readonly string[] {
  return analyse(text.replace(NUMBER, ' '));
}

function sharesMost(quote: string, terms: ReadonlySet<string>, quotes: readonly string[]): boolean {
  const sharedWith = (text: string): number => new Set(wordsOf(text).filter((term) => terms.has(term))).size;
  const own = sharedWith(quote);
  return quotes.every((other) => sharedWith(other) <= own);
}

function holdsAll(claim: string, quotes: string, pattern: RegExp, normal: (found: string) => string): boolean {
  const held = new Set([...quotes.matchAll(pattern)].map((match) => normal(match[0])));
  return [...claim.matchAll(pattern)].every((match) => held.has(normal(match[0])));
}

/** `1,200` is `1200`, `3.0 %` is `3%`. */
function normalNumber(found: string): string {
  const percent = found.includes('%') ? '%' : '';
  const bare = found
    .replace(/[%\s]/g, '')
    .replace(/,(?=\d{3}(?:\D|$))/g, '')
    .replace(',', '.');
  const value = Number(bare);
  return `${Number.isNaN(value) ? bare : value}${percent}`;
}

function normalIdentifier(found: string): string {
  return found
    .replace(/^`|`$/g, '')
    .replace(/[.:/-]+$/, '')
    .toLowerCase();
}

function rounded(score: number): number {
  return Math.round(score * 1000) / 1000;
}
