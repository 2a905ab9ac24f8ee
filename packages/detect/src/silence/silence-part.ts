import { type AnomalyEvent, HeliosError, type TenantId } from '@heliosiq/model';
import type { Gauge, Logger, Meter, SeriesRegistry, StateStore } from '@heliosiq/ports';
import type { DetectPart, PartBatch, PartRecord } from '../detect-part.ts';
import { createPartitionState } from '../partition-state.ts';
import { type RowColumn, type SeriesLookup, createRowColumn, createSeriesRows, lookupWith } from '../series-rows.ts';
import { anomalyEventOfSilence } from './anomaly-of-silence.ts';
import { createArrivalOrder } from './arrival-order.ts';
import { type SilenceSettings, silenceDefaults } from './silence-settings.ts';
import type { SilenceChange } from './silence-change.ts';
import { type SilenceTable, createSilenceTable, slotsPerChunk } from './silence-table.ts';
import { type SilenceWatch, createSilenceWatch } from './silence-watch.ts';
import { lookForSilence } from './tenant-look.ts';
import { WATCH_NUMBERS } from './watch-numbers.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const silenceScope = 'detect-silence-1';

/** Numbers of a watch before those of the wall clock. */
const formerNumbers = 9;

/** What is known of the silence of one partition of a tenant. */
export interface HeldSilence {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly table: SilenceTable;
  readonly numbers: Float64Array;
  readonly watch: SilenceWatch;
  /** Slots by the rows of series. */
  readonly slots: RowColumn<number>;
  /** Chunks of the table that changed since they were saved. */
  readonly dirty: Set<number>;
}

export interface SilencePartDeps {
  readonly registry: SeriesRegistry;
  readonly states: StateStore;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly settings?: Partial<SilenceSettings>;
}

/** One look by the wall clock. */
export interface SilenceRound {
  readonly now: number;
  /** Partitions that have no record left to be looked at, and since when this process looks at each without a break. */
  readonly awakeSince: ReadonlyMap<number, number>;
  /** Called with a partition of which another process knows more. */
  readonly onLeft: (partition: number) => void;
}

/** The part, with what it does while nothing comes. */
export interface SilencePart extends DetectPart {
  /**
   * Looks by the wall clock who is silent. Event time, by which `observe` goes, stands still when all have stopped, or the only
   * one. Rejects when a store cannot be read, and nothing is told then.
   */
  lookAround(tenantId: TenantId, round: SilenceRound): Promise<readonly AnomalyEvent[]>;
  /** Says since when this process looks at partitions without a break. */
  awake(awakeSince: ReadonlyMap<number, number>): void;
  /** Tenants of which something is in memory. */
  tenants(): readonly TenantId[];
}

/** Watches all series for silence, partition by partition, by the time of the samples: replay behaves as live. */
export function createSilencePart(deps: SilencePartDeps): SilencePart {
  const settings = { ...silenceDefaults, ...deps.settings };
  const unwatched: Gauge = deps.meter.gauge({
    name: 'heliosiq_detect_silence_unwatched_series',
    help: 'Appearances of series that are not watched for silence because a partition of the tenant has too many.',
  });
  const state = createPartitionState(deps.states, silenceScope);
  /** Partitions of tenants that were read since this process looks at them: what is not in memory has nobody to wait for. */
  const read = new Set<string>();
  let awakeSince: ReadonlyMap<number, number> = new Map();
  const held = new Map<string, HeldSilence>();
  const inOrder = createArrivalOrder();

  async function heldOf(tenantId: TenantId, partition: number): Promise<HeldSilence> {
    const key = keyOf(tenantId, partition);
    const found = held.get(key);
    if (found !== undefined) return found;
    const { table, numbers } = await restored(tenantId, partition);
    const watch = createSilenceWatch(table, numbers, settings);
    const slots = createRowColumn<number>();
    const each = { tenantId, partition, table, numbers, watch, slots, dirty: new Set<number>() };
    held.set(key, each);
    return each;
  }

  async function restored(tenantId: TenantId, partition: number) {
    const fresh = { table: createSilenceTable(), numbers: new Float64Array(WATCH_NUMBERS) };
    const stored = await state.load({ tenantId, partition });
    if (stored === undefined || (stored.head.length !== WATCH_NUMBERS && stored.head.length !== formerNumbers))
      return fresh;
    try {
      const table = createSilenceTable();
      for (const chunk of stored.chunks) table.append(chunk);
      fresh.numbers.set(stored.head);
      return { table, numbers: fresh.numbers };
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      deps.logger.warn(
        { partition, reason: error.message },
        'a stored table of silence cannot be read and is learnt anew',
      );
      return fresh;
    }
  }

  function drop(each: HeldSilence, reason: 'left' | 'idle'): void {
    // What is not saved yet stays, unless another process knows better.
    if (reason === 'idle' && each.dirty.size > 0) return;
    held.delete(keyOf(each.tenantId, each.partition));
  }

  /** Lets the watch take in what a record has of each series. */
  function arrive(
    { watch, table, slots, dirty }: HeldSilence,
    { columns, rows, appendedAt }: PartRecord,
    {
      series,
      awakeSince: since = 0,
      changes,
    }: {
      readonly series: PartBatch['series'];
      readonly awakeSince: number | undefined;
      readonly changes: SilenceChange[];
    },
  ): void {
    const slotOf = slots.of(series);
    let lastChunk = -1;
    for (const { row, times } of inOrder({ columns, rows, latestAt: appendedAt + settings.futureMsMax })) {
      const whose = series.at(row);
      if (whose === undefined) continue;
      const ref = series.refAt(row);
      const from = { series: whose, seenAt: appendedAt, awakeSince: since, slot: slotOf[row] ?? -1 };
      const ended = watch.arrived(ref, times, from);
      if (ended.length > 0) changes.push(...ended);
      const slot = table.refAt(from.slot) === ref ? from.slot : table.slotOf(ref);
      slotOf[row] = slot;
      const chunk = Math.floor(slot / slotsPerChunk);
      if (chunk !== lastChunk) dirty.add(chunk);
      lastChunk = chunk;
    }
  }

  /** The first to send ends a silence of the whole tenant, and whoever goes on being silent is judged anew. */
  function resumeOthers({ tenantId }: HeldSilence): void {
    for (const other of held.values()) {
      if (other.tenantId !== tenantId) continue;
      other.watch.resume();
      for (let chunk = 0; chunk * slotsPerChunk < other.table.size(); chunk += 1) other.dirty.add(chunk);
    }
  }

  async function eventsOf(
    batch: { readonly tenantId: TenantId; readonly series: SeriesLookup },
    changes: readonly SilenceChange[],
  ): Promise<readonly AnomalyEvent[]> {
    const known = await lookupWith(
      deps.registry,
      batch,
      changes.flatMap((change) => change.refs.slice(0, 1000)),
    );
    return changes.flatMap((change) => anomalyEventOfSilence(batch.tenantId, change, known) ?? []);
  }

  return {
    tenants: () => [...new Set([...held.values()].map(({ tenantId }) => tenantId))],
    awake: (given) => void (awakeSince = given),
    async lookAround(tenantId, round) {
      const unread = [...round.awakeSince.keys()].filter((partition) => !read.has(keyOf(tenantId, partition)));
      const heads = () => state.heads(tenantId);
      const stored = unread.length === 0 ? undefined : await heads();
      for (const partition of unread) {
        if (stored?.has(partition) === true) await heldOf(tenantId, partition);
        read.add(keyOf(tenantId, partition));
      }
      const own = [...round.awakeSince.keys()].flatMap((partition) => held.get(keyOf(tenantId, partition)) ?? []);
      const changes = await lookForSilence(own, { round, heads, drop });
      try {
        return await eventsOf({ tenantId, series: createSeriesRows() }, changes);
      } catch (error) {
        // What cannot be told is not taken as told: the next look begins with what is saved.
        for (const { partition } of own) {
          held.delete(keyOf(tenantId, partition));
          read.delete(keyOf(tenantId, partition));
        }
        throw error;
      }
    },
    async observe(batch) {
      const each = await heldOf(batch.tenantId, batch.partition);
      const since = awakeSince.get(batch.partition);
      const found: AnomalyEvent[] = [];
      for (const record of batch.records) {
        const changes: SilenceChange[] = [];
        arrive(each, record, { series: batch.series, awakeSince: since, changes });
        changes.push(...each.watch.settled());
        if (changes.length > 0) {
          // What is told marks series that are not in the record.
          for (const { refs } of changes) {
            for (const ref of refs) each.dirty.add(Math.floor(each.table.slotOf(ref) / slotsPerChunk));
          }
          if (changes.some(({ scope, kind }) => scope === 'tenant' && kind === 'closed')) resumeOthers(each);
          found.push(...(await eventsOf(batch, changes)));
        }
        await batch.breathe();
      }
      return found;
    },

    async save() {
      let turnedAway = 0;
      for (const { tenantId, partition, table, numbers, watch, dirty } of held.values()) {
        turnedAway += watch.unwatched();
        dirty.delete(-1);
        if (dirty.size === 0) continue;
        const changed = [...dirty].map((chunk) => [chunk, table.pack(chunk)] as const);
        const total = Math.ceil(table.size() / slotsPerChunk);
        await state.save({ tenantId, partition }, numbers, { total, changed });
        dirty.clear();
      }
      unwatched.set(turnedAway);
    },

    forget() {
      held.clear();
      read.clear();
    },
  };
}

const keyOf = (tenantId: TenantId, partition: number): string => `${tenantId} ${partition}`;
