import { isDeepStrictEqual } from 'node:util';
import { sql, type Transaction } from 'kysely';
import { HeliosError, type Incident, type IncidentId, type TenantId, type TimelineEntry } from '@heliosiq/model';
import type { IncidentStep } from '@heliosiq/ports';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';
import { writeAlerts } from './incident-alert-rows.ts';
import { insertNews } from './incident-news-rows.ts';
import { columnText, jsonArray } from './json-column.ts';
import type { Schema } from './schema.ts';

/** The steps of one incident: what it was before the first of them, and what it is after the last. */
interface Chain {
  readonly revisionBefore: number;
  last: Incident;
}

/**
 * Stores steps in a handful of statements, however many there are. Rows are made and locked in the order of their ids, so that
 * no writer waits for another in a ring. Rejects with `conflict` when a revision is not the next one.
 */
export async function saveSteps(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  steps: readonly IncidentStep[],
): Promise<void> {
  const chains = chainsOf(steps);
  const added = await insertNew(transaction, tenantId, chains);
  await replaceKnown(
    transaction,
    tenantId,
    chains.filter(({ last }) => !added.has(last.id)),
  );
  const lines = steps.flatMap(({ incident, entries }) => entries.map((entry) => ({ id: incident.id, entry })));
  await insertEntries(transaction, tenantId, lines);
  await writeAlerts(transaction, tenantId, steps);
  await insertNews(
    transaction,
    tenantId,
    steps.flatMap(({ news }) => (news === undefined ? [] : [news])),
  );
}

/** Adds lines to the stories of incidents that are there; a line whose id is there already is left as it is. */
export async function insertEntries(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  lines: readonly { readonly id: IncidentId; readonly entry: TimelineEntry }[],
): Promise<void> {
  if (lines.length === 0) return;
  await sql`
    insert into incident_timeline (tenant_id, incident_id, id, at, document)
    select ${tenantId}, incident_id, id, at, document
      from unnest(
        ${textArrayLiteral(lines.map(({ id }) => id))}::text[],
        ${textArrayLiteral(lines.map(({ entry }) => columnText(entry.id)))}::text[],
        ${arrayLiteral(lines.map(({ entry }) => entry.at))}::bigint[],
        ${jsonArray(lines.map(({ entry }) => entry))}
      ) with ordinality as news(incident_id, id, at, document, position)
     order by position
    on conflict do nothing`.execute(transaction);
}

/** In the order of the ids. */
function chainsOf(steps: readonly IncidentStep[]): readonly Chain[] {
  const chains = new Map<IncidentId, Chain>();
  for (const { incident } of steps) {
    const chain = chains.get(incident.id);
    if (chain === undefined) chains.set(incident.id, { revisionBefore: incident.revision - 1, last: incident });
    else if (incident.revision === chain.last.revision + 1) chain.last = incident;
    else throw conflict(chain.last.revision, incident);
  }
  return [...chains.values()].sort((a, b) => (a.last.id < b.last.id ? -1 : 1));
}

/** Of concurrent creators the first one inserts; the others wait here and then meet its row. */
async function insertNew(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  chains: readonly Chain[],
): Promise<ReadonlySet<IncidentId>> {
  const news = chains.filter(({ revisionBefore }) => revisionBefore === 0).map(({ last }) => last);
  if (news.length === 0) return new Set();
  const { rows } = await sql<{ readonly id: IncidentId }>`
    insert into incident (tenant_id, id, revision, status, fingerprint, assets, opened_at, updated_at, document)
    select ${tenantId}, id, revision, status, fingerprint, assets::text[], opened_at, updated_at, document
      from ${rowsOf(news)} order by id
    on conflict do nothing returning id`.execute(transaction);
  return new Set(rows.map(({ id }) => id));
}

/** Stores the next revisions over the stored ones; leaves equal ones as they are; rejects every other one. */
async function replaceKnown(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  chains: readonly Chain[],
): Promise<void> {
  if (chains.length === 0) return;
  const found = await transaction
    .selectFrom('incident')
    .select(['id', 'revision'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', sql<IncidentId>`any(${textArrayLiteral(chains.map(({ last }) => last.id))}::text[])`)
    .orderBy('id')
    .forUpdate()
    .execute();
  const revisions = new Map(found.map(({ id, revision }) => [id, revision]));
  const news: Incident[] = [];
  for (const { revisionBefore, last } of chains) {
    const revision = revisions.get(last.id) ?? 0;
    if (revision === revisionBefore && revision > 0) news.push(last);
    else if (revision !== last.revision || !(await isStored(transaction, tenantId, last))) {
      throw conflict(revision, last);
    }
  }
  if (news.length === 0) return;
  await sql`
    update incident
       set revision = news.revision, status = news.status, fingerprint = news.fingerprint, assets = news.assets::text[],
           opened_at = news.opened_at, updated_at = news.updated_at, document = news.document
      from ${rowsOf(news)}
     where incident.tenant_id = ${tenantId} and incident.id = news.id`.execute(transaction);
}

async function isStored(transaction: Transaction<Schema>, tenantId: TenantId, incident: Incident): Promise<boolean> {
  const stored = await transaction
    .selectFrom('incident')
    .select('document')
    .where('tenant_id', '=', tenantId)
    .where('id', '=', incident.id)
    .executeTakeFirst();
  // Written and read once, the new one is comparable: fields that are undefined are gone.
  return isDeepStrictEqual(stored?.document, JSON.parse(JSON.stringify(incident)));
}

function rowsOf(incidents: readonly Incident[]) {
  return sql`unnest(
    ${textArrayLiteral(incidents.map(({ id }) => id))}::text[], ${arrayLiteral(incidents.map(({ revision }) => revision))}::integer[],
    ${textArrayLiteral(incidents.map(({ status }) => status))}::text[],
    ${textArrayLiteral(incidents.map(({ fingerprint }) => columnText(fingerprint)))}::text[],
    ${textArrayLiteral(incidents.map(({ assets }) => textArrayLiteral(assets.map(columnText))))}::text[],
    ${arrayLiteral(incidents.map(({ openedAt }) => openedAt))}::bigint[],
    ${arrayLiteral(incidents.map(({ updatedAt }) => updatedAt))}::bigint[],
    ${jsonArray(incidents)}
  ) as news(id, revision, status, fingerprint, assets, opened_at, updated_at, document)`;
}

function conflict(storedRevision: number, incident: Incident): HeliosError {
  return new HeliosError('conflict', `The incident is at revision ${storedRevision}, not ${incident.revision - 1}`);
}
