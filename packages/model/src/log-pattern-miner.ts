import { sha256Hex } from './content-id.ts';
import { logWordsOf } from './log-words.ts';
import {
  type Skeleton,
  keyOf,
  readSkeleton,
  skeletonOf,
  templateOf,
  withKindsOf,
  withParameterAt,
  writeSkeleton,
} from './log-pattern-skeleton.ts';
import { createPatternPlaces } from './log-pattern-places.ts';
import { hashesOf } from './skeleton-hash.ts';

/** A pattern of log lines: constant words, and parameters between them. */
export interface LogPattern {
  /**
   * 16 hexadecimal digits of the SHA-256 of the constants and the places of parameters: equal wherever and whenever equal
   * lines are read.
   */
  readonly id: string;
  /** Words parted by blanks; parameters as `<kind>`, or `<*>` where lines differ in kind. */
  readonly template: string;
  /** Lines that this miner has seen of it since it was made or loaded. */
  readonly lines: number;
}

/** A pattern with all that a miner needs to go on with it. */
export interface MinedPattern {
  readonly id: string;
  readonly skeleton: ReturnType<typeof writeSkeleton>;
  /** Places that have become parameters, as hashes of what surrounds them. */
  readonly places: readonly number[];
  /** Ids of the patterns that have grown into this one. */
  readonly formerIds: readonly string[];
}

/** What has changed about a miner's patterns. */
export interface PatternChanges {
  /** New ones, and those that have grown or whose parameters are of more kinds than before. */
  readonly changed: readonly MinedPattern[];
  /** Ids of those that have grown into others, and of those that made room. */
  readonly gone: readonly string[];
}

/** Finds the patterns of a stream of log lines, one line at a time. */
export interface LogPatternMiner {
  /** The id of the line's pattern; `isNew` when it is like no earlier line. */
  observe(line: string): { readonly id: string; readonly isNew: boolean };
  /** The pattern that an earlier one is or has grown into; undefined when it was forgotten. */
  pattern(id: string): LogPattern | undefined;
  /** The same with all that a miner needs to go on with it. */
  mined(id: string): MinedPattern | undefined;
  /** Those seen longest ago first. */
  patterns(): readonly LogPattern[];
  /** Goes on with patterns that a miner had before, e.g. those of an earlier process. */
  load(patterns: readonly MinedPattern[]): void;
  /** What has changed since the last call. */
  takeChanges(): PatternChanges;
  readonly size: number;
  /** Patterns that made room for others so far. */
  readonly forgotten: number;
}

export interface LogPatternSettings {
  /** So many different words at one place, all else equal, make the place a parameter. */
  readonly wordsOfParameter: number;
  /** The same behind a word that announces a name, such as `user`. */
  readonly wordsOfName: number;
  /** Constant words that must remain around such a place; one fewer behind a word that announces a name. */
  readonly constantsMin: number;
  /** Patterns held. One that was seen once makes room first, then the one that was seen longest ago. */
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
const keysMax = 200;
/** Ids that have grown into one pattern and still lead to it. */
const formerIdsMax = 500;
/** Patterns seen once make room first where they are more than this share. */
const seenOnceShare = 0.1;

interface Pattern {
  readonly id: string;
  readonly key: number;
  skeleton: Skeleton;
  lines: number;
  /** Hashes of skeletons that lead here. */
  readonly keys: Set<number>;
  /** Hashes of places that lead here. */
  readonly places: Set<number>;
  readonly formerIds: Set<string>;
}

/**
 * Lines with the same skeleton share a pattern. Skeletons that differ in one word at one place grow into one when that place
 * has shown many words: few words are states (started, stopped), many are names. To part lines into constant and varying
 * words is the idea of Drain (He et al., ICWS 2017) and Brain (Yu et al., TSC 2023); here it needs no second pass.
 *
 * An id is made of the pattern's words alone, so that miners of different processes, or before and after a replay, name a
 * pattern alike; a pattern that grows gets a new id, and its former ids lead to it.
 */
export function createLogPatternMiner(options: Partial<LogPatternSettings> = {}): LogPatternMiner {
  const settings = { ...logPatternDefaults, ...options };
  /** By id, in the order of their last lines. */
  const patterns = new Map<string, Pattern>();
  const seenOnce = new Set<Pattern>();
  /** By hash of a skeleton, or of a place that has become a parameter. */
  const byKey = new Map<number, Pattern>();
  const places = createPatternPlaces<Pattern>();
  const successors = new Map<string, Pattern>();
  const changed = new Set<Pattern>();
  const gone = new Set<string>();
  let forgotten = 0;

  function link(key: number, pattern: Pattern): void {
    byKey.set(key, pattern);
    if (key === pattern.key) return;
    pattern.keys.delete(key);
    pattern.keys.add(key);
    if (pattern.keys.size <= keysMax) return;
    const [oldest] = pattern.keys;
    if (oldest === undefined) return;
    pattern.keys.delete(oldest);
    byKey.delete(oldest);
  }

  /** The pattern of a skeleton that is like earlier ones but for a place that is known as a parameter. */
  function grownPatternOf(skeleton: Skeleton, placeKeys: readonly number[]): Pattern | undefined {
    for (const [place, word] of skeleton.entries()) {
      const pattern = 'constant' in word ? byKey.get(placeKeys[place] ?? 0) : undefined;
      if (pattern !== undefined) return pattern;
    }
    return undefined;
  }

  function add(id: string, skeleton: Skeleton, key: number): Pattern {
    const pattern: Pattern = {
      ...{ id, key, skeleton, lines: 0 },
      ...{ keys: new Set(), places: new Set(), formerIds: new Set() },
    };
    byKey.set(key, pattern);
    patterns.set(id, pattern);
    seenOnce.add(pattern);
    gone.delete(id);
    // A forgotten pattern that comes back is one of its own again.
    successors.get(id)?.formerIds.delete(id);
    successors.delete(id);
    while (patterns.size > settings.patternsMax) forgetOne(pattern);
    return pattern;
  }

  /** Notes the pattern's words at their places; where one has now shown enough, the siblings grow into one pattern. */
  function grow(pattern: Pattern): Pattern {
    const { skeleton } = pattern;
    const constants = skeleton.filter((word) => 'constant' in word).length;
    const keys = hashesOf(skeleton).places;
    for (const [place, word] of skeleton.entries()) {
      if (!('constant' in word)) continue;
      const isNamed = isAnnounced(skeleton, place);
      if (constants - 1 < settings.constantsMin - (isNamed ? 1 : 0)) continue;
      const key = keys[place] ?? 0;
      const words = places.note(key, word.constant, pattern);
      if (words >= (isNamed ? settings.wordsOfName : settings.wordsOfParameter)) {
        return join(places.take(key), key, withParameterAt(skeleton, place));
      }
    }
    return pattern;
  }

  function join(siblings: readonly Pattern[], placeKey: number, skeleton: Skeleton): Pattern {
    const { key } = hashesOf(skeleton);
    const grown = byKey.get(key) ?? add(idOf(keyOf(skeleton)), skeleton, key);
    for (const sibling of siblings) {
      if (sibling === grown || patterns.get(sibling.id) !== sibling) continue;
      grown.lines += sibling.lines;
      remove(sibling);
      for (const other of [sibling.key, ...sibling.keys]) link(other, grown);
      for (const place of sibling.places) linkPlace(place, grown);
      for (const id of [sibling.id, ...sibling.formerIds]) lead(id, grown);
    }
    linkPlace(placeKey, grown);
    if (grown.lines > 1) seenOnce.delete(grown);
    changed.add(grown);
    // The more general skeleton has siblings of its own.
    return grow(grown);
  }

  function linkPlace(place: number, pattern: Pattern): void {
    byKey.set(place, pattern);
    pattern.places.add(place);
  }

  function lead(id: string, pattern: Pattern): void {
    successors.set(id, pattern);
    pattern.formerIds.add(id);
    if (pattern.formerIds.size <= formerIdsMax) return;
    const [oldest] = pattern.formerIds;
    if (oldest === undefined) return;
    pattern.formerIds.delete(oldest);
    successors.delete(oldest);
  }

  /** Takes a pattern out of every list but those that lead to it by a hash. */
  function remove(pattern: Pattern): void {
    patterns.delete(pattern.id);
    seenOnce.delete(pattern);
    changed.delete(pattern);
    gone.add(pattern.id);
    for (const place of hashesOf(pattern.skeleton).places) places.forget(place, pattern);
  }

  function forgetOne(spared: Pattern): void {
    const candidates =
      seenOnce.size > settings.patternsMax * seenOnceShare ? [seenOnce, patterns.values()] : [patterns.values()];
    for (const oldest of candidates.flatMap((some) => [...firstOf(some, 2)])) {
      if (oldest === spared) continue;
      remove(oldest);
      for (const key of [oldest.key, ...oldest.keys, ...oldest.places]) {
        if (byKey.get(key) === oldest) byKey.delete(key);
      }
      for (const id of oldest.formerIds) successors.delete(id);
      forgotten += 1;
      return;
    }
  }

  function latestOf(id: string): Pattern | undefined {
    return patterns.get(id) ?? successors.get(id);
  }

  return {
    observe(line) {
      const skeleton = skeletonOf(logWordsOf(storable(line)));
      const { key, places: placeKeys } = hashesOf(skeleton);
      const known = byKey.get(key) ?? grownPatternOf(skeleton, placeKeys);
      const pattern = known ?? add(idOf(keyOf(skeleton)), skeleton, key);
      if (known === undefined) changed.add(pattern);
      else if (key !== pattern.key) link(key, pattern);
      pattern.lines += 1;
      if (pattern.lines > 1) seenOnce.delete(pattern);
      if (key === pattern.key) {
        const widened = withKindsOf(pattern.skeleton, skeleton);
        if (widened !== pattern.skeleton) changed.add(pattern);
        pattern.skeleton = widened;
      }
      // To the end of the map: its first pattern is the one that was seen longest ago.
      patterns.delete(pattern.id);
      patterns.set(pattern.id, pattern);
      if (known !== undefined) return { id: pattern.id, isNew: false };
      const grown = grow(pattern);
      return { id: grown.id, isNew: grown === pattern };
    },
    pattern(id) {
      const pattern = latestOf(id);
      return pattern === undefined ? undefined : shown(pattern);
    },
    mined(id) {
      const pattern = latestOf(id);
      return pattern === undefined ? undefined : minedOf(pattern);
    },
    patterns: () => [...patterns.values()].map(shown),
    load(earlier) {
      for (const one of earlier) {
        const skeleton = readSkeleton(one.skeleton);
        const { key } = hashesOf(skeleton);
        if (patterns.has(one.id) || byKey.has(key)) continue;
        const pattern = add(one.id, skeleton, key);
        // What was kept was seen before, how often nobody knows.
        seenOnce.delete(pattern);
        for (const place of one.places) linkPlace(place, pattern);
        for (const id of one.formerIds) if (!patterns.has(id)) lead(id, pattern);
        grow(pattern);
      }
    },
    takeChanges() {
      const changes = { changed: [...changed].map(minedOf), gone: [...gone] };
      changed.clear();
      gone.clear();
      return changes;
    },
    get size() {
      return patterns.size;
    },
    get forgotten() {
      return forgotten;
    },
  };
}

/** A line without the characters that stand for parameters and those that no store takes. */
function storable(line: string): string {
  if (line.isWellFormed() && !line.includes('\u0000') && !line.includes('\u0001')) return line;
  return line.replaceAll('\u0000', ' ').replaceAll('\u0001', ' ').toWellFormed();
}

function* firstOf<Item>(items: Iterable<Item>, count: number): Generator<Item> {
  let taken = 0;
  for (const item of items) {
    if (taken >= count) return;
    taken += 1;
    yield item;
  }
}

function isAnnounced(skeleton: Skeleton, place: number): boolean {
  const before = skeleton[place - 1];
  return before !== undefined && 'constant' in before && announcers.has(before.constant.toLowerCase());
}

function idOf(key: string): string {
  return sha256Hex(key).slice(0, 16);
}

function shown({ id, skeleton, lines }: Pattern): LogPattern {
  return { id, template: templateOf(skeleton), lines };
}

function minedOf({ id, skeleton, places, formerIds }: Pattern): MinedPattern {
  return { id, skeleton: writeSkeleton(skeleton), places: [...places], formerIds: [...formerIds] };
}
