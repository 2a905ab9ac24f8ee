import { HeliosError } from '@heliosiq/model';

/** What is known of the silence of a series: nothing, or how it was told. */
export const TOLD = { no: 0, alone: 1, withAsset: 2, withGroup: 3, gone: 4, withTenant: 5 } as const;

/** Slots that are stored as one entry. */
export const slotsPerChunk = 512;

const columns = [
  ['refs', Float64Array],
  ['lastAt', Float64Array],
  ['firstAt', Float64Array],
  ['eventAt', Float64Array],
  ['usualMs', Float32Array],
  ['longestMs', Float32Array],
  ['assets', Uint32Array],
  ['assetStems', Uint32Array],
  ['seriesStems', Uint32Array],
  ['arrivals', Uint16Array],
  ['missed', Uint8Array],
  ['told', Uint8Array],
  ['seenAt', Float64Array],
  ['pacedMs', Float32Array],
  ['wallMs', Float32Array],
  ['eventMs', Float32Array],
  ['seen', Uint8Array],
  ['lateMs', Float32Array],
] as const;

/** Columns of each version of the layout: a table of an earlier one is read, and what it lacks begins with 0. */
const columnsOf: ReadonlyMap<number, readonly (typeof columns)[number][]> = new Map<
  number,
  readonly (typeof columns)[number][]
>([
  [1, columns.slice(0, 12)],
  [2, columns.slice(0, 17)],
  [3, columns],
]);

const slotBytesOf = (kinds: readonly (typeof columns)[number][]): number =>
  kinds.reduce((sum, [, kind]) => sum + kind.BYTES_PER_ELEMENT, 0);

const slotBytes = slotBytesOf(columns);

/** "HQP" and the version of the layout. */
const NAME = [0x48, 0x51, 0x50] as const;
const VERSION = 3;
const HEAD_BYTES = 8;

/** Series side by side, each in a slot, column by column: 81 bytes a series beside the index by number. */
export interface SilenceTable {
  readonly size: () => number;
  /** The slot of a series' number; -1 when it has none. */
  slotOf(ref: number): number;
  /** The number of the series in a slot; undefined where there is none. */
  refAt(slot: number): number | undefined;
  /** A new slot; its other columns are 0. */
  add(ref: number): number;
  /** Gives a slot to another series; its other columns become 0. */
  reuse(slot: number, ref: number): void;
  /** Views of the columns; they are replaced when the table grows, so do not keep them over an `add`. */
  columns(): SilenceColumns;
  /** The slots of one chunk as bytes. */
  pack(chunk: number): Uint8Array;
  /** Appends the slots of a chunk. Throws `HeliosError('internal')` for bytes of another kind, version or length. */
  append(bytes: Uint8Array): void;
}

export interface SilenceColumns {
  readonly refs: Float64Array;
  /** Time of the newest sample. */
  readonly lastAt: Float64Array;
  readonly firstAt: Float64Array;
  /** Of a silent series: the start of the silence that it was told with. */
  readonly eventAt: Float64Array;
  /** How long the series usually lets one wait. */
  readonly usualMs: Float32Array;
  /** The longest gap of late times. */
  readonly longestMs: Float32Array;
  /** Hash of the asset. */
  readonly assets: Uint32Array;
  /** Hash of the asset's name without what tells its copies apart. */
  readonly assetStems: Uint32Array;
  /** Hash of asset and metric. */
  readonly seriesStems: Uint32Array;
  readonly arrivals: Uint16Array;
  /** Silences told of late; the second is learnt. */
  readonly missed: Uint8Array;
  readonly told: Uint8Array;
  /** When the log took the newest sample. */
  readonly seenAt: Float64Array;
  /** How long the series usually lets one wait by the wall clock: longer than `usualMs` where many samples come at once. */
  readonly pacedMs: Float32Array;
  /** Sums of late waits, by the wall clock and by the times of the samples, older ones fading: what is imported or replayed took no time. */
  readonly wallMs: Float32Array;
  readonly eventMs: Float32Array;
  /** Waits in those sums. */
  readonly seen: Uint8Array;
  /** Of late waits by the wall clock, what the times of the samples have not yet caught up with. */
  readonly lateMs: Float32Array;
}

type Views = Record<(typeof columns)[number][0], Float64Array | Float32Array | Uint32Array | Uint16Array | Uint8Array>;

export function createSilenceTable(): SilenceTable {
  const slots = new Map<number, number>();
  let room = 0;
  let size = 0;
  let views = viewsOf(0);

  function viewsOf(length: number): SilenceColumns {
    // The cast holds: one view of the right kind per column.
    return Object.fromEntries(columns.map(([name, Kind]) => [name, new Kind(length)])) as unknown as SilenceColumns;
  }

  function grow(needed: number): void {
    if (needed <= room) return;
    room = Math.max(64, Math.ceil(needed * 1.5));
    const wider = viewsOf(room);
    for (const [name] of columns) (wider as Views)[name].set((views as Views)[name]);
    views = wider;
  }

  return {
    size: () => size,
    slotOf: (ref) => slots.get(ref) ?? -1,
    refAt: (slot) => (slot < size ? views.refs[slot] : undefined),
    columns: () => views,
    add(ref) {
      grow(size + 1);
      views.refs[size] = ref;
      slots.set(ref, size);
      return size++;
    },
    reuse(slot, ref) {
      slots.delete(views.refs[slot] ?? 0);
      for (const [name] of columns) (views as Views)[name][slot] = 0;
      views.refs[slot] = ref;
      slots.set(ref, slot);
    },
    pack(chunk) {
      const from = chunk * slotsPerChunk;
      const count = Math.max(0, Math.min(slotsPerChunk, size - from));
      const bytes = new Uint8Array(HEAD_BYTES + count * slotBytes);
      bytes.set([...NAME, VERSION]);
      new DataView(bytes.buffer).setUint32(4, count, true);
      let at = HEAD_BYTES;
      for (const [name] of columns) {
        const part = (views as Views)[name].subarray(from, from + count);
        bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
        at += part.byteLength;
      }
      return bytes;
    },
    append(bytes) {
      const kinds = NAME.every((byte, index) => bytes[index] === byte) ? columnsOf.get(bytes[3] ?? 0) : undefined;
      if (kinds === undefined || bytes.length < HEAD_BYTES) throw unreadable();
      const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
      if (bytes.length !== HEAD_BYTES + count * slotBytesOf(kinds)) throw unreadable();
      grow(size + count);
      let at = HEAD_BYTES;
      for (const [name, Kind] of kinds) {
        const length = count * Kind.BYTES_PER_ELEMENT;
        (views as Views)[name].set(new Kind(Uint8Array.from(bytes.subarray(at, at + length)).buffer), size);
        at += length;
      }
      for (let slot = size; slot < size + count; slot += 1) slots.set(views.refs[slot] ?? 0, slot);
      size += count;
    },
  };
}

const unreadable = (): HeliosError =>
  new HeliosError('internal', 'not a table of silence of this version', {
    cure: 'drop the state: intervals are learnt anew',
  });
