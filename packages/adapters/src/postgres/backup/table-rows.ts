import { escapeIdentifier, type Client } from 'pg';
import { copyIn, copyOut } from './copy-protocol.ts';
import type { TableShape } from './database-shape.ts';

const listed = (columns: readonly string[]): string => columns.map(escapeIdentifier).join(', ');

/** The rows of a table in the order of its key: the same rows give the same bytes. `onRows` is told how many they are. */
export function readRows(
  client: Client,
  { name, columns, order }: TableShape,
  onRows: (rows: number) => void,
): AsyncIterable<Buffer> {
  const rows = `select ${listed(columns)} from only ${escapeIdentifier(name)} order by ${listed(order)}`;
  return copyOut(client, `copy (${rows}) to stdout (format binary)`, onRows);
}

/** Writes rows that `readRows` gave into a table of the same columns; returns how many. */
export function writeRows(
  client: Client,
  { name, columns }: Pick<TableShape, 'name' | 'columns'>,
  source: AsyncIterable<Uint8Array>,
): Promise<number> {
  return copyIn(client, `copy ${escapeIdentifier(name)} (${listed(columns)}) from stdin (format binary)`, source);
}
