import type { Severity } from '@heliosiq/model';
import { createDiscoveryRates, type DiscoveryRates } from './discovery-rate.ts';

/** What is known of one pattern of an asset. Times are milliseconds since the epoch, or of the asset's own active time. */
export interface PatternFacts {
  firstAt: number;
  lastAt: number;
  /** Active time of the asset at the last line. */
  lastActiveMs: number;
  lines: number;
  worst: Severity;
  /** Lines of the asset before it. */
  linesBefore: number;
  /** Gaps of active time between lines: how many were learnt, their mean, mean square, and the longest, which fades. */
  gaps: number;
  gapMeanMs: number;
  gapSquareMs: number;
  gapMaxMs: number;
  /** Share of recent minutes with a line, and lines a minute in them. */
  presence: number;
  perMinute: number;
  /** Lines in the current minute and the one before. */
  now: number;
  before: number;
  isWatched: boolean;
}

/** An event of new or of vanished patterns that is going on. */
export interface PatternEpisode {
  startedAt: number;
  peakAt: number;
  lastSeenAt: number;
  revision: number;
  /** Decades of rarity, at most. */
  surprise: number;
  /** What would have been usual: new patterns in five minutes, or lines in the time that they are missing. */
  expected: number;
  /** Ids of the patterns, the first ones; `count` says how many there are in all. */
  readonly ids: string[];
  count: number;
  worst: Severity;
  /** The pattern that is shown, and one of its lines. */
  lead: string;
  example: string;
  /** When and with how many patterns it was told last. */
  toldAt: number;
  toldCount: number;
}

/** A new pattern that belongs to the current burst. */
export interface Discovery {
  readonly at: number;
  readonly id: string;
  readonly severity: Severity;
  readonly body: string;
}

/** All that is known about the logs of an asset; plain data, saved as it is. */
export interface AssetLog {
  /** The last record that was looked at. */
  offset: number;
  appendedAt: number;
  firstAt: number;
  /** The newest line so far. */
  lastAt: number;
  /** Time in which the asset wrote, without its silences. */
  activeMs: number;
  lines: number;
  /** The current minute since the epoch, all lines in it and in the one before, and those of trouble. */
  minute: number;
  now: number;
  before: number;
  troubleNow: number;
  troubleBefore: number;
  rates: DiscoveryRates;
  burst: Discovery[];
  burstLastAt: number;
  fresh?: PatternEpisode;
  missing?: PatternEpisode;
  readonly patterns: Map<string, PatternFacts>;
}

/** An asset that nothing is known of, at its first line. */
export function createAssetLog(at: number): AssetLog {
  return {
    ...{ offset: -1, appendedAt: -1, firstAt: at, lastAt: at, activeMs: 0, lines: 0 },
    ...{ minute: Math.floor(at / 60_000), now: 0, before: 0, troubleNow: 0, troubleBefore: 0 },
    ...{ rates: createDiscoveryRates(), burst: [], burstLastAt: -Infinity, patterns: new Map() },
  };
}

const version = 1;

/** The state as bytes. */
export function packAssetLog({ patterns, burstLastAt, ...rest }: AssetLog): Uint8Array {
  const own = { version, ...rest, burstLastAt: Number.isFinite(burstLastAt) ? burstLastAt : null };
  return Buffer.from(JSON.stringify({ ...own, patterns: [...patterns].map(([id, facts]) => [id, rowOf(facts)]) }));
}

/** A state from the bytes of `packAssetLog`; undefined for bytes of another version. */
export function unpackAssetLog(bytes: Uint8Array): AssetLog | undefined {
  // Its own bytes: the version says whether the shape is the one that was written.
  const read = JSON.parse(Buffer.from(bytes).toString()) as Packed;
  if (read.version !== version) return undefined;
  const { version: _, patterns, burstLastAt, ...rest } = read;
  return {
    ...rest,
    burstLastAt: burstLastAt ?? -Infinity,
    patterns: new Map(patterns.map(([id, row]) => [id, factsOf(row)])),
  };
}

type Row = readonly [Severity, boolean, ...number[]];

interface Packed extends Omit<AssetLog, 'patterns' | 'burstLastAt'> {
  readonly version: number;
  readonly burstLastAt: number | null;
  readonly patterns: readonly (readonly [string, Row])[];
}

const numberNames = [
  ...(['firstAt', 'lastAt', 'lastActiveMs', 'linesBefore', 'lines', 'gaps', 'gapMeanMs', 'gapSquareMs'] as const),
  ...(['gapMaxMs', 'presence', 'perMinute', 'now', 'before'] as const),
];

function rowOf(facts: PatternFacts): Row {
  return [facts.worst, facts.isWatched, ...numberNames.map((name) => facts[name])];
}

function factsOf([worst, isWatched, ...numbers]: Row): PatternFacts {
  const facts = { worst, isWatched } as PatternFacts; // the loop below gives it every number
  for (const [index, name] of numberNames.entries()) facts[name] = numbers[index] ?? 0;
  return facts;
}
