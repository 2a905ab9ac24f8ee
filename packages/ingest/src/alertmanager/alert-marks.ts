import { z } from 'zod';

/** Up to where in the log a book holds everything: what is told behind these offsets it may not hold. */
export interface LogMark {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Offsets of the partitions of `signals`. */
  readonly ends: readonly number[];
}

/** Key beside the shards of a tenant. */
export const marksKey = 'log-marks';

/** A mark is moved at least this often, however little is told. */
export const markMs = 30_000;

/** Every process marks what it saved itself. Another one may be behind by this, and the log is read from before that. */
const behindMs = 60_000;

const SavedMarks = z.array(z.object({ at: z.number(), ends: z.array(z.number().int().nonnegative()) }));

/** Without those that are older than any book can need. */
export function encodeMarks(marks: readonly LogMark[]): Uint8Array {
  const from = recalledFrom(marks);
  return Buffer.from(JSON.stringify(marks.filter(({ at }) => from === undefined || at >= from.at)));
}

/** Undefined for what cannot be read. */
export function readMarks(bytes: Uint8Array): readonly LogMark[] | undefined {
  try {
    return SavedMarks.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** The newest mark that is old enough for what every process saved, else the oldest. */
export function recalledFrom(marks: readonly LogMark[]): LogMark | undefined {
  const sorted = marks.toSorted((one, other) => one.at - other.at);
  const newestAt = sorted.at(-1)?.at ?? 0;
  return sorted.findLast(({ at }) => at <= newestAt - behindMs) ?? sorted[0];
}
