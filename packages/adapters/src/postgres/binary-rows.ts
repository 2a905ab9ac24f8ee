import type { ClientBase } from 'pg';
import { statementOf } from './backup/copy-protocol.ts';

/**
 * Rows in PostgreSQL's binary form (manual, "COPY", section Binary Format). As other results the driver would have bytes as text:
 * one of megabytes for each question, and all memory looked through for what is garbage.
 */

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, flags and the length of what may follow them. */
const headBytes = signature.length + 8;

/** The fields of a row; valid until the next one comes. */
export type BinaryRow = readonly (Buffer | undefined)[];

/** Runs a query, whose text has all values in it, and hands out its rows as they come. */
export type ReadRows = (query: string, onRow: (row: BinaryRow) => void) => Promise<void>;

/** Reads rows on a connection. `before`: statements without rows that go with the query in one round trip. */
export async function readBinaryRows(
  client: ClientBase,
  query: { readonly text: string; readonly before?: string },
  onRow: (row: BinaryRow) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let failure: Error | undefined;
  client.query(
    statementOf(`${query.before ?? ''} copy (${query.text}) to stdout (format binary)`, {
      onChunk(chunk) {
        if (failure !== undefined) return;
        try {
          const row = rowOf(chunk);
          if (row !== undefined) onRow(row);
        } catch (error) {
          // Thrown here it would end the driver's connection, or the program: the rest of the rows is let pass first.
          failure = error instanceof Error ? error : new Error('A row could not be taken', { cause: error });
        }
      },
      onRows: () => undefined,
      onEnd: (error) => (error === undefined ? resolve() : reject(error)),
    }),
  );
  await promise;
  if (failure !== undefined) throw failure;
}

/** The row of a chunk, which the head of all may stand before; undefined for the mark of the end. */
function rowOf(chunk: Buffer): BinaryRow | undefined {
  const hasHead = chunk.length >= headBytes && chunk.subarray(0, signature.length).equals(signature);
  let at = hasHead ? headBytes + chunk.readUInt32BE(headBytes - 4) : 0;
  if (at === chunk.length) return undefined;
  const count = chunk.readInt16BE(at);
  if (count < 0) return undefined;
  at += 2;
  const row: (Buffer | undefined)[] = [];
  for (let field = 0; field < count; field += 1) {
    const length = chunk.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? undefined : chunk.subarray(at, at + length));
    at += Math.max(0, length);
  }
  return row;
}
