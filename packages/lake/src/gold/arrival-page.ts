import { HeliosError, SeriesId } from '@heliosiq/model';
import { createByteReader, createByteWriter } from './byte-stream.ts';

/** How often samples of one day came. */
export interface Arrival {
  readonly arrived: number;
  /** Of these, how many came long after their time. */
  readonly late: number;
}

const formatVersion = 1;
const idBytes = 16;

/** The arrivals of some series on one day as bytes; the series in the order of their ids. */
export function encodeArrivals(day: number, arrivals: ReadonlyMap<SeriesId, Arrival>): Uint8Array {
  const writer = createByteWriter();
  writer.byte(formatVersion);
  writer.signed(day);
  writer.varint(arrivals.size);
  for (const [id, { arrived, late }] of [...arrivals].sort(([a], [b]) => (a < b ? -1 : 1))) {
    writer.bytes(Buffer.from(id, 'hex'));
    writer.varint(arrived);
    writer.varint(late);
  }
  return Uint8Array.from(writer.finish());
}

/** Reads what `encodeArrivals` wrote. */
export function decodeArrivals(bytes: Uint8Array): {
  readonly day: number;
  readonly arrivals: ReadonlyMap<SeriesId, Arrival>;
} {
  const reader = createByteReader(bytes);
  const version = reader.byte();
  if (version !== formatVersion) throw new HeliosError('internal', `Arrivals have the unknown form ${version}`);
  const day = reader.signed();
  const arrivals = new Map<SeriesId, Arrival>();
  for (let left = reader.varint(); left > 0; left -= 1) {
    const id = SeriesId.parse(Buffer.from(reader.bytes(idBytes)).toString('hex'));
    arrivals.set(id, { arrived: reader.varint(), late: reader.varint() });
  }
  return { day, arrivals };
}
