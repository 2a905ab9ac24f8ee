import { TenantId } from '@heliosiq/model';
import { jobClockSlackMs, jobRunsMax, type JobBoard, type JobRun, type JobState } from '@heliosiq/ports';
import { sql } from 'kysely';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';
import { columnText } from './json-column.ts';

/** The board of jobs on PostgreSQL. Each step is one statement, so that programs on one database never share a run. */
export function createPostgresJobBoard(database: Database): JobBoard {
  return {
    async plan(tenantId, { name, about, everyMs }, nextAt) {
      await database.asTenant(tenantId, (transaction) =>
        sql`
          insert into job as known (tenant_id, name, about, every_ms, next_at)
          values (${tenantId}, ${name}, ${about}, ${everyMs}, ${nextAt})
          on conflict (tenant_id, name) do update set about = excluded.about, every_ms = excluded.every_ms
           where known.about <> excluded.about or known.every_ms <> excluded.every_ms`.execute(transaction),
      );
    },

    async due(job, { at, limit, isAskedOnly = false }) {
      checkedLimit(limit, 1000);
      const rows = await database.asSystem((transaction) =>
        transaction
          .selectFrom('job')
          .select('tenant_id')
          .where('name', '=', job)
          .where(isFree(at))
          .where(isAskedOnly ? sql<boolean>`requested_by is not null` : sql<boolean>`true`)
          .orderBy('next_at')
          .limit(limit)
          .execute(),
      );
      return rows.map(({ tenant_id }) => TenantId.parse(tenant_id));
    },

    async take(tenantId, job, { holder, at, until }) {
      // The request is read as it was before it is cleared: by the row that the update found.
      const taken = await database.asTenant(tenantId, (transaction) =>
        sql<{ actor: string }>`
          update job set holder = ${holder}, held_until = ${until}, running_since = ${at}, requested_by = null
            from (select name, requested_by from job
                   where tenant_id = ${tenantId} and name = ${job} and ${isFree(at)} for update) as found
           where job.tenant_id = ${tenantId} and job.name = found.name
          returning coalesce(found.requested_by, 'schedule') as actor`.execute(transaction),
      );
      return taken.rows[0];
    },

    async keep(tenantId, job, { holder, until }) {
      const kept = await database.asTenant(tenantId, (transaction) =>
        sql`
          update job set held_until = ${until}
           where tenant_id = ${tenantId} and name = ${job} and holder = ${holder}`.execute(transaction),
      );
      return kept.numAffectedRows === 1n;
    },

    async finish(tenantId, { id, job, ...run }, { holder, at }) {
      const told = { ...run, detail: columnText(run.detail), actor: columnText(run.actor) };
      await database.asTenant(tenantId, async (transaction) => {
        await sql`
          update job set holder = null, running_since = null, next_at = ${at}, last_run = ${JSON.stringify(told)}
           where tenant_id = ${tenantId} and name = ${job} and holder = ${holder}`.execute(transaction);
        if (told.outcome === 'nothing') return;
        const { startedAt, durationMs, ...words } = told;
        const row = { tenant_id: tenantId, id, job, started_at: startedAt, duration_ms: durationMs, ...words };
        await transaction.insertInto('job_run').values(row).execute();
        await sql`
          delete from job_run where tenant_id = ${tenantId} and job = ${job} and id <=
            (select id from job_run where tenant_id = ${tenantId} and job = ${job}
              order by id desc offset ${jobRunsMax} limit 1)`.execute(transaction);
      });
    },

    async request(tenantId, job, actor) {
      const asked = await database.asTenant(tenantId, (transaction) =>
        sql`
          update job set requested_by = coalesce(requested_by, ${columnText(actor)})
           where tenant_id = ${tenantId} and name = ${job}`.execute(transaction),
      );
      return asked.numAffectedRows === 1n;
    },

    async list(tenantId) {
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction.selectFrom('job').selectAll().where('tenant_id', '=', tenantId).orderBy('name').execute(),
      );
      return rows.map((row): JobState => ({
        ...{ name: row.name, about: row.about, everyMs: row.every_ms, nextAt: row.next_at },
        ...(row.running_since === null ? {} : { runningSince: row.running_since }),
        ...(row.requested_by === null ? {} : { requestedBy: row.requested_by }),
        ...(row.last_run ? { lastRun: row.last_run } : {}),
      }));
    },

    async runs(tenantId, { limit, job }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) => {
        const query = transaction.selectFrom('job_run').selectAll().where('tenant_id', '=', tenantId);
        const chosen = job === undefined ? query : query.where('job', '=', job);
        return chosen.orderBy('id', 'desc').limit(limit).execute();
      });
      return rows.map((row): JobRun => ({
        ...{ id: row.id, job: row.job, startedAt: row.started_at, durationMs: row.duration_ms },
        // Only `finish` writes outcomes.
        outcome: row.outcome as JobRun['outcome'],
        ...{ detail: row.detail, actor: row.actor },
      }));
    },
  };
}

/** Due or asked for, and nobody's. */
function isFree(at: number) {
  const tooFar = at + jobClockSlackMs;
  return sql<boolean>`
    (holder is null or held_until < ${at} or held_until > ${tooFar}) and
    (next_at <= ${at} or next_at - every_ms > ${tooFar} or requested_by is not null)`;
}
