import type { EventLogTables } from './event-log-tables.ts';

/** Every table of the database. A noun adds its tables by one line in this `extends` list. */
export interface Schema extends EventLogTables {}
