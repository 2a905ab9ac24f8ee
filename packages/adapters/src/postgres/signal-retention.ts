import { sql } from 'kysely';
import type { DiscreteSignal } from '@heliosiq/model';
import type { Forgetful } from '@heliosiq/ports';
import type { Database } from './database.ts';
import { forgetRows } from './forget-rows.ts';
import { createMonthPartitions } from './month-partitions.ts';
import { timeBound } from './time-bound.ts';

/** Forgets signals of one kind; a month of which nobody has anything left gives its room back at once. */
export function createPostgresSignalRetention(database: Database, kind: DiscreteSignal['kind']): Forgetful {
  const partitions = createMonthPartitions(database, 'signal');
  return {
    async forget(tenantId, question) {
      const before = timeBound(question.before);
      const gone = await forgetRows(database, tenantId, {
        table: 'signal',
        where: sql`kind = ${kind} and at < ${before}`,
        size: sql`octet_length(document::text) + octet_length(search_text)`,
        ...question,
      });
      if (question.isDryRun !== true) await partitions.dropEmpty(before);
      return gone;
    },
  };
}
