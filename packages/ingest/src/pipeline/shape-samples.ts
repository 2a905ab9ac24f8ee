import type { TenantId } from '@heliosiq/model';
import { newSeriesEntry, seriesRefOf } from '../intake/series-book.ts';
import type { SeriesEntry, SeriesOutput } from '../intake/series-book.ts';
import { laneOfAsset } from '@heliosiq/model/signal-lane.ts';
import type { SignalRules } from './signal-rules.ts';

/** Samples as columns: series, time and value at the same index; the columns of numbers may be longer. */
export interface SampleRows {
  readonly entries: readonly SeriesEntry[];
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** Samples after the rules. */
export interface ShapedSamples extends SampleRows {
  /** How many samples each rule dropped or thinned away. */
  readonly droppedBy: ReadonlyMap<string, number>;
  /** Remembers what thinning kept; to be called when the samples are durable, so that a re-send thins alike. */
  settle(): void;
}

/** What is to be done before samples can be written. */
export interface EntriesState {
  /** Some series have no number yet. */
  readonly hasNew: boolean;
  /** Some series have a shape. */
  readonly isShaped: boolean;
}

/** Asks the rules about every series that is seen for the first time. */
export function decideEntries(tenantId: TenantId, entries: readonly SeriesEntry[], rules: SignalRules): EntriesState {
  let hasNew = false;
  let isShaped = false;
  for (const entry of entries) {
    if (entry.ref !== 0) continue;
    hasNew = true;
    if (!entry.isDecided) decide(tenantId, entry, rules);
    if (entry.shape !== undefined) isShaped = true;
  }
  return { hasNew, isShaped };
}

function decide(tenantId: TenantId, entry: SeriesEntry, rules: SignalRules): void {
  entry.isDecided = true;
  const { series } = entry;
  const decision = series === undefined ? undefined : rules.decideSeries(tenantId, series);
  if (decision === undefined) return;
  const [only, ...others] = decision.outputs;
  const isRename =
    only !== undefined &&
    others.length === 0 &&
    only.value === undefined &&
    only.oneOf === undefined &&
    only.everyMs === undefined;
  if (isRename) {
    entry.series = seriesRefOf(tenantId, only.name);
    entry.lane = laneOfAsset(only.name.asset);
    return;
  }
  entry.series = undefined;
  entry.shape = {
    droppedBy: decision.droppedBy,
    outputs: decision.outputs.map(({ name, ...how }) => ({
      ...how,
      entry: { ...newSeriesEntry(tenantId, name), isDecided: true },
      keptAt: Number.NEGATIVE_INFINITY,
    })),
  };
}

/** The samples with those of shaped series handed to the series that take them over. */
export function shapeSamples({ entries, times, values }: SampleRows): ShapedSamples {
  const shaped = { entries: [] as SeriesEntry[], times: [] as number[], values: [] as number[] };
  const droppedBy = new Map<string, number>();
  const kept = new Map<SeriesOutput, { readonly slots: Set<number>; at: number }>();

  function drop(rule: string): void {
    droppedBy.set(rule, (droppedBy.get(rule) ?? 0) + 1);
  }

  /**
   * One an interval: of intervals after the latest stored sample the first sample that comes, and that same sample when
   * it comes again. Earlier intervals (late data) are thinned within the batch alone, so that none of them stays empty.
   */
  function isFirstOfSlot(output: SeriesOutput, everyMs: number, at: number): boolean {
    const slot = Math.floor(at / everyMs);
    const state = kept.get(output) ?? { slots: new Set<number>(), at: Number.NEGATIVE_INFINITY };
    const isTaken = slot === Math.floor(output.keptAt / everyMs) ? at !== output.keptAt : state.slots.has(slot);
    if (isTaken) return false;
    state.slots.add(slot);
    state.at = Math.max(state.at, at);
    kept.set(output, state);
    return true;
  }

  function add(output: SeriesOutput, at: number, value: number): void {
    const { entry, oneOf, everyMs, thinnedBy = '' } = output;
    const isChosen =
      (oneOf === undefined || isOneOf(at, oneOf)) && (everyMs === undefined || isFirstOfSlot(output, everyMs, at));
    if (!isChosen) return drop(thinnedBy);
    shaped.entries.push(entry);
    shaped.times.push(at);
    shaped.values.push(output.value === undefined ? value : output.value(value));
  }

  for (const [row, entry] of entries.entries()) {
    const at = times[row] ?? 0;
    const value = values[row] ?? 0;
    if (entry.shape === undefined) {
      shaped.entries.push(entry);
      shaped.times.push(at);
      shaped.values.push(value);
      continue;
    }
    const { outputs, droppedBy: rule } = entry.shape;
    if (rule !== undefined) drop(rule);
    for (const output of outputs) add(output, at, value);
  }
  return {
    ...shaped,
    droppedBy,
    settle() {
      for (const [output, { at }] of kept) output.keptAt = Math.max(output.keptAt, at);
    },
  };
}

/** Chooses by the time alone, so that a re-send is thinned alike: about one of `count`. */
function isOneOf(at: number, count: number): boolean {
  // Times are often round: multiplying by the golden ratio spreads them evenly (Knuth, The Art of Computer Programming, 6.4).
  const low = Math.imul((at % 4_294_967_296) | 0, 0x9e3779b1);
  return ((low ^ (low >>> 15)) >>> 0) % count === 0;
}
