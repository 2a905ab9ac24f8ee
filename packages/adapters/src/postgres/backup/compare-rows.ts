import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { HeliosError } from '@heliosiq/model';
import type { StoredTable } from './backup-manifest.ts';
import { readRows } from './table-rows.ts';

/** Reads a table in a transaction that sees all rows; rejects with `conflict` unless its rows are the backup's, byte for byte. */
export async function compareRows(client: Client, table: StoredTable): Promise<void> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const chunk of readRows(client, table, (count) => (rows = count))) hash.update(chunk);
  if (hash.digest('hex') === table.sha256) return;
  throw new HeliosError(
    'conflict',
    `The table ${table.name} is not what the backup has: ${rows} rows, ${table.rows} there`,
    {
      cure: 'Restore again; if it stays so, take another backup of the folder.',
    },
  );
}
