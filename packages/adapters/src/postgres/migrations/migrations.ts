import type { Migration } from 'kysely/migration';
import { eventLogMigration } from './0001_event_log.ts';

/** Every step of the schema in order; a step that was released is never changed, a new one is added below. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_event_log': eventLogMigration,
};
