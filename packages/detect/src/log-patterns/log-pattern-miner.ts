import { sha256Hex } from '@heliosiq/model/content-id.ts';
import { logWordsOf } from './log-words.ts';
import {
  type Skeleton,
  keyOf,
  placeKeyOf,
  skeletonOf,
  templateOf,
  withKindsOf,
  withParameterAt,
} from './pattern-skeleton.ts';

/** A pattern of log lines: constant words, and parameters between them. */
export interface LogPattern {
  /** Stays when the pattern becomes more general; of patterns that grow into one, the oldest lives on. */
  readonly id: string;
  /** Words parted by blanks; parameters as `<kind>`, or `<*>` where lines differ in kind. */
  readonly template: string;
  readonly lines: number;
}

/** Finds the patterns of a stream of log lines, one line at a time. */
export interface LogPatternMiner {
  /** The line's pattern; `isNew` when it is like no earlier line. */
  observe(line: string): { readonly pattern: LogPattern; readonly isNew: boolean };
  /** The pattern that an earlier one is or has grown into; undefined when it was forgotten. */
  pattern(id: string): LogPattern | undefined;
  /** Those seen longest ago first. */
  patterns(): readonly LogPattern[];
}

export interface LogPatternSettings {
  /** So many different words at one place, all else equal, make the place a parameter. */
  readonly wordsOfParameter: number;
  /** The same behind a word that announces a name, such as `user`. */
  readonly wordsOfName: number;
  /** Constant words that must remain around such a place; one fewer behind a word that announces a name. */
  readonly constantsMin: number;
  /** Patterns held; the one that was seen longest ago makes room. */
  readonly patternsMax: number;
}

/** The shipped settings, one for all systems. */
export const logPatternDefaults: LogPatternSettings = {
  wordsOfParameter: 5,
  wordsOfName: 3,
  constantsMin: 3,
  patternsMax: 10_000,
};

/** Words that announce a name: what follows them is rather a parameter than a state. */
const announcers = new Set(
  (
    'user username account group host hostname node server client device interface file directory path program process ' +
    'service module package class table topic queue name tag from by'
  ).split(' '),
);

/** Skeletons that lead to one pattern and are remembered: further ones are found by their places. */
const keysMax = 1000;

interface Pattern {
  readonly id: string;
  readonly serial: number;
  skeleton: Skeleton;
  lines: number;
  /** Skeletons and places that lead here. */
  readonly keys: Set<string>;
}

/** What was seen at one place of a skeleton, all else equal, until there were enough words for a parameter. */
interface Place {
  readonly words: Set<string>;
  readonly patterns: Set<Pattern>;
}

/**
 * Lines with the same skeleton share a pattern. Skeletons that differ in one word at one place grow into one when that place
 * has shown many words: few words are states (started, stopped), many are names. To part lines into constant and varying
 * words is the idea of Drain (He et al., ICWS 2017) and Brain (Yu et al., TSC 2023); here it needs no second pass.
 */
export function createLogPatternMiner(options: Partial<LogPatternSettings> = {}): LogPatternMiner {
  const settings = { ...logPatternDefaults, ...options };
  /** By id, in the order of their last lines. */
  const patterns = new Map<string, Pattern>();
  /** By skeleton, and by a place that has become a parameter. */
  const byKey = new Map<string, Pattern>();
  const places = new Map<string, Place>();
  const successors = new Map<string, Pattern>();
  let serial = 0;

  function link(key: string, pattern: Pattern): void {
    byKey.set(key, pattern);
    pattern.keys.delete(key);
    pattern.keys.add(key);
    if (pattern.keys.size <= keysMax) return;
    const oldest = pattern.keys.values().next().value;
    if (oldest === undefined) return;
    pattern.keys.delete(oldest);
    byKey.delete(oldest);
  }

  /** The pattern of a skeleton that is like earlier ones but for a place that is known as a parameter. */
  function grownPatternOf(skeleton: Skeleton): Pattern | undefined {
    for (const [place, word] of skeleton.entries()) {
      const pattern = 'constant' in word ? byKey.get(placeKeyOf(skeleton, place)) : undefined;
      if (pattern !== undefined) return pattern;
    }
    return undefined;
  }

  function newPattern(key: string, skeleton: Skeleton): Pattern {
    serial += 1;
    const pattern = {
      id: sha256Hex(`${serial} ${key}`).slice(0, 16),
      serial,
      skeleton,
      lines: 0,
      keys: new Set<string>(),
    };
    link(key, pattern);
    patterns.set(pattern.id, pattern);
    if (patterns.size > settings.patternsMax) forgetOldest();
    return pattern;
  }

  /** Notes the pattern's words at their places; where one has now shown enough, the siblings grow into one pattern. */
  function grow(pattern: Pattern): Pattern {
    const { skeleton } = pattern;
    const constants = skeleton.filter((word) => 'constant' in word).length;
    for (const [place, word] of skeleton.entries()) {
      if (!('constant' in word)) continue;
      const isNamed = isAnnounced(skeleton, place);
      if (constants - 1 < settings.constantsMin - (isNamed ? 1 : 0)) continue;
      const key = placeKeyOf(skeleton, place);
      const seen = places.get(key) ?? { words: new Set(), patterns: new Set() };
      places.set(key, seen);
      seen.words.add(word.constant);
      seen.patterns.add(pattern);
      if (seen.words.size >= (isNamed ? settings.wordsOfName : settings.wordsOfParameter)) {
        places.delete(key);
        return join(seen.patterns, key, withParameterAt(skeleton, place));
      }
    }
    return pattern;
  }

  function join(siblings: ReadonlySet<Pattern>, placeKey: string, skeleton: Skeleton): Pattern {
    const key = keyOf(skeleton);
    const there = byKey.get(key);
    const members = new Set([...siblings, ...(there === undefined ? [] : [there])].map(latestOf));
    const [oldest, ...others] = [...members].toSorted((a, b) => a.serial - b.serial);
    if (oldest === undefined) throw new RangeError('a pattern grows out of at least one');
    for (const other of others) {
      oldest.lines += other.lines;
      for (const otherKey of other.keys) link(otherKey, oldest);
      patterns.delete(other.id);
      successors.set(other.id, oldest);
    }
    oldest.skeleton = skeleton;
    link(placeKey, oldest);
    link(key, oldest);
    // The more general skeleton has siblings of its own.
    return grow(oldest);
  }

  function latestOf(pattern: Pattern): Pattern {
    let latest = pattern;
    for (let next = successors.get(latest.id); next !== undefined; next = successors.get(latest.id)) latest = next;
    return latest;
  }

  function forgetOldest(): void {
    const oldest = patterns.values().next().value;
    if (oldest === undefined) return;
    patterns.delete(oldest.id);
    for (const key of oldest.keys) byKey.delete(key);
    for (const place of oldest.skeleton.keys()) {
      const key = placeKeyOf(oldest.skeleton, place);
      const seen = places.get(key);
      seen?.patterns.delete(oldest);
      if (seen?.patterns.size === 0) places.delete(key);
    }
    for (const [id, successor] of successors) if (latestOf(successor) === oldest) successors.delete(id);
  }

  return {
    observe(line) {
      const skeleton = skeletonOf(logWordsOf(line));
      const key = keyOf(skeleton);
      const known = byKey.get(key) ?? grownPatternOf(skeleton);
      const pattern = known ?? newPattern(key, skeleton);
      if (known !== undefined) link(key, known);
      pattern.lines += 1;
      if (keyOf(pattern.skeleton) === key) pattern.skeleton = withKindsOf(pattern.skeleton, skeleton);
      // To the end of the map: its first pattern is the one that was seen longest ago.
      patterns.delete(pattern.id);
      patterns.set(pattern.id, pattern);
      if (known !== undefined) return { pattern: shown(pattern), isNew: false };
      const grown = grow(pattern);
      return { pattern: shown(grown), isNew: grown === pattern };
    },
    pattern(id) {
      const pattern = patterns.get(id) ?? successors.get(id);
      return pattern === undefined ? undefined : shown(latestOf(pattern));
    },
    patterns: () => [...patterns.values()].map(shown),
  };
}

function isAnnounced(skeleton: Skeleton, place: number): boolean {
  const before = skeleton[place - 1];
  return before !== undefined && 'constant' in before && announcers.has(before.constant.toLowerCase());
}

function shown({ id, skeleton, lines }: Pattern): LogPattern {
  return { id, template: templateOf(skeleton), lines };
}
