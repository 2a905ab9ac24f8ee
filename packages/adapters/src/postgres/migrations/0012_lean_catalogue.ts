import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The catalogue of series in a third of the room: ids as 16 bytes, labels once, and indexes whose many equal keys PostgreSQL
 * keeps once. What blocks hold of their series stays in its row, so that it needs no table beside.
 */
export const leanCatalogueMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`drop index series_by_name, series_by_metric`.execute(db);
    // The new type has the table written anew, which gives back what the labels took.
    await sql`alter table series drop column labels`.execute(db);
    await sql`alter table series alter column id type uuid using id::uuid`.execute(db);
    await sql`create index series_by_asset on series (tenant_id, asset)`.execute(db);
    await sql`create index series_by_metric on series (tenant_id, metric)`.execute(db);
    await sql`alter table series_extent alter column extents set storage main`.execute(db);
    await sql`alter table series_extent set (toast_tuple_target = 8160)`.execute(db);
  },
};
