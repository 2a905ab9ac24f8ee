import { defaultRange, parseEnd } from './time-range.ts';
import type { ExploreRange, RangeEnd } from './time-range.ts';

export const comparisons = { day: 86_400, week: 604_800 } as const;
export type Comparison = keyof typeof comparisons;

export const refreshSeconds = [5, 10, 30, 60, 300] as const;

export const signalKinds = ['log', 'event', 'change', 'alert'] as const;
export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;

/** What an address of the view says; what is left out is as it is at first. */
export interface ExploreSearch {
  /** Queries in PromQL, at most as many as `queriesMax`. */
  readonly q?: readonly string[];
  readonly from?: RangeEnd;
  readonly to?: RangeEnd;
  /** Seconds between renewals. */
  readonly every?: number;
  readonly versus?: Comparison;
  readonly view?: 'table';
  /** Keys of lines that are not shown. */
  readonly hide?: readonly string[];
  /** A marked moment, in milliseconds since the epoch. */
  readonly at?: number;
  /** The log search beside the chart. */
  readonly text?: string;
  readonly asset?: string;
  readonly kind?: (typeof signalKinds)[number];
  readonly severity?: (typeof severities)[number];
  /** The id of a log pattern. */
  readonly pattern?: string;
}

export const queriesMax = 8;
const hiddenMax = 200;
const textMax = 200;

/** The part of an address that this view understands; what it does not is dropped, so that an old link still opens. */
export function parseExploreSearch(search: Readonly<Record<string, unknown>>): ExploreSearch {
  const { q, from, to, every, versus, view, hide, at, text, asset, kind, severity, pattern } = search;
  const queries = textsOf(q, queriesMax);
  const ends = [endOf(from), endOf(to)] as const;
  const refresh = refreshSeconds.find((known) => known === every);
  const comparison = versus === 'day' || versus === 'week' ? versus : undefined;
  const hidden = textsOf(hide, hiddenMax);
  const knownKind = signalKinds.find((known) => known === kind);
  const knownSeverity = severities.find((known) => known === severity);
  return {
    ...(queries.length > 0 && { q: queries }),
    ...(ends[0] !== undefined && { from: ends[0] }),
    ...(ends[1] !== undefined && { to: ends[1] }),
    ...(refresh !== undefined && { every: refresh }),
    ...(comparison !== undefined && { versus: comparison }),
    ...(view === 'table' && { view }),
    ...(hidden.length > 0 && { hide: hidden }),
    ...(typeof at === 'number' && Number.isFinite(at) && { at }),
    ...(isText(text) && { text }),
    ...(isText(asset) && { asset }),
    ...(knownKind !== undefined && { kind: knownKind }),
    ...(knownSeverity !== undefined && { severity: knownSeverity }),
    ...(typeof pattern === 'string' && /^[0-9a-f]{16}$/.test(pattern) && { pattern }),
  };
}

export function rangeOf({ from, to }: ExploreSearch): ExploreRange {
  return { from: from ?? defaultRange.from, to: to ?? defaultRange.to };
}

/** A field without a value is left out, so that an address stays short. */
export function changedSearch(
  before: ExploreSearch,
  change: { readonly [Name in keyof ExploreSearch]: ExploreSearch[Name] | undefined },
): ExploreSearch {
  return parseExploreSearch({ ...before, ...change });
}

function textsOf(value: unknown, max: number): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
  return list.filter((item) => typeof item === 'string').slice(0, max);
}

function endOf(value: unknown): RangeEnd | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' ? parseEnd(value) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= textMax;
}
