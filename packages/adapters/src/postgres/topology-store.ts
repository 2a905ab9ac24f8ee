import { sql, type Transaction } from 'kysely';
import type { Asset, AssetId, Edge, TenantId, Topology } from '@heliosiq/model';
import type { TopologyStore } from '@heliosiq/ports';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/** A topology store on PostgreSQL. */
export function createPostgresTopologyStore(database: Database): TopologyStore {
  return {
    async put(tenantId, topology) {
      await database.asTenant(tenantId, async (transaction) => {
        await lockTopology(transaction, tenantId);
        await putAssets(transaction, tenantId, topology.assets);
        await ensureAssets(
          transaction,
          tenantId,
          topology.edges.flatMap(({ from, to }) => [from, to]),
        );
        await putEdges(transaction, tenantId, topology.edges);
      });
    },
    async ensureAssets(tenantId, assets) {
      if (assets.length === 0) return;
      await database.asTenant(tenantId, async (transaction) => {
        await lockTopology(transaction, tenantId);
        await ensureAssets(transaction, tenantId, assets);
      });
    },
    async get(tenantId): Promise<Topology> {
      return database.asTenant(tenantId, async (transaction) => {
        const assets = await transaction
          .selectFrom('asset')
          .select(['id', 'class', 'labels'])
          .where('tenant_id', '=', tenantId)
          .orderBy('id')
          .limit(20_000)
          .execute();
        const edges = await transaction
          .selectFrom('asset_edge')
          .select(['from_asset', 'to_asset', 'kind'])
          .where('tenant_id', '=', tenantId)
          .orderBy('from_asset')
          .orderBy('to_asset')
          .orderBy('kind')
          .limit(100_000)
          .execute();
        return {
          // The casts hold: only parsed assets and edges are written.
          assets: assets.map((row): Asset => ({
            id: row.id as AssetId,
            labels: row.labels,
            ...(row.class !== null && { class: row.class }),
          })),
          edges: edges.map((row): Edge => ({
            from: row.from_asset as AssetId,
            to: row.to_asset as AssetId,
            kind: row.kind,
          })),
        };
      });
    },
  };
}

/** Writers of one tenant's topology wait for each other: they are rare, and several statements could deadlock. */
async function lockTopology(transaction: Transaction<Schema>, tenantId: TenantId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`helios topology ${tenantId}`}, 0))`.execute(transaction);
}

async function putAssets(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  assets: readonly Asset[],
): Promise<void> {
  const last = [...new Map(assets.map((asset) => [asset.id, asset])).values()];
  if (last.length === 0) return;
  await sql`
    insert into asset (tenant_id, id, class, labels)
    select ${tenantId}, id, class, labels::json
      from unnest(
        ${last.map(({ id }) => id)}::text[], ${last.map((asset) => asset.class ?? null)}::text[],
        ${last.map(({ labels }) => JSON.stringify(labels))}::text[]
      ) as news(id, class, labels)
    on conflict (tenant_id, id) do update set class = excluded.class, labels = excluded.labels`.execute(transaction);
}

async function ensureAssets(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  assets: readonly string[],
): Promise<void> {
  await sql`
    insert into asset (tenant_id, id) select ${tenantId}, id from unnest(${[...new Set(assets)]}::text[]) as news(id)
    on conflict do nothing`.execute(transaction);
}

async function putEdges(transaction: Transaction<Schema>, tenantId: TenantId, edges: readonly Edge[]): Promise<void> {
  await sql`
    insert into asset_edge (tenant_id, from_asset, to_asset, kind)
    select ${tenantId}, from_asset, to_asset, kind
      from unnest(
        ${edges.map(({ from }) => from)}::text[], ${edges.map(({ to }) => to)}::text[], ${edges.map(({ kind }) => kind)}::text[]
      ) as news(from_asset, to_asset, kind)
    on conflict do nothing`.execute(transaction);
}
