import { sql } from 'kysely';
import { HeliosError, type Severity, type TenantId } from '@heliosiq/model';
import type { LogCount, SignalStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';
import { signalCondition } from './signal-question.ts';

interface Row {
  readonly pattern?: string;
  readonly asset?: string;
  readonly severity?: Severity;
  readonly step_at?: number;
  readonly lines: number;
  readonly first_at: number;
  readonly last_at: number;
}

/** Counts the logs of a range in one pass over their rows. */
export async function countLogs(
  database: Database,
  tenantId: TenantId,
  [filter, range, { by, stepMs, limit }]: Tail<Parameters<SignalStore['countLogs']>>,
): Promise<readonly LogCount[]> {
  checkedLimit(limit, 20_000);
  const keys = [...new Set(by)];
  const names = keys.map((key) => (key === 'time' ? sql`${stepStart(stepMs)} as step_at` : sql.ref(key)));
  const places = keys.map((_, index) => sql.lit(index + 1));
  const conditions = [
    signalCondition(tenantId, { ...filter, kinds: ['log'] }, range),
    ...(keys.includes('pattern') ? [sql`pattern is not null`] : []),
    ...(keys.includes('severity') ? [sql`severity is not null`] : []),
  ];
  const { rows } = await database.alone(tenantId, (transaction) =>
    sql<Row>`
      select ${names.length === 0 ? sql`` : sql`${sql.join(names)},`}
             count(*) as lines, min(at) as first_at, max(at) as last_at
        from signal where ${sql.join(conditions, sql` and `)}
       ${places.length === 0 ? sql`having count(*) > 0` : sql`group by ${sql.join(places)}`}
       order by lines desc ${places.length === 0 ? sql`` : sql`, ${sql.join(places)}`} limit ${limit}`.execute(
      transaction,
    ),
  );
  return rows.map(({ step_at: at, first_at: firstAt, last_at: lastAt, ...rest }) => ({
    ...rest,
    ...(at === undefined ? {} : { at }),
    firstAt,
    lastAt,
  }));
}

function stepStart(stepMs: number | undefined) {
  if (stepMs === undefined || !(stepMs >= 1)) {
    throw new HeliosError('invalid-request', 'Counting by time needs a step', {
      field: 'stepMs',
      cure: 'Give 1 ms or more.',
    });
  }
  const step = sql.lit(Math.floor(stepMs));
  // Division rounds towards zero, which is the wrong way before 1970.
  return sql`at - ((at % ${step}) + ${step}) % ${step}`;
}

type Tail<List extends readonly unknown[]> = List extends readonly [unknown, ...infer Rest] ? Rest : never;
