import type { AnswerRatingTables } from './answer-rating-tables.ts';
import type { DocumentTables } from './document-tables.ts';
import type { EventLogTables } from './event-log-tables.ts';
import type { FindingTables } from './finding-tables.ts';
import type { GoldTables } from './gold-tables.ts';
import type { InvestigationTables } from './investigation-tables.ts';
import type { JobTables } from './job-tables.ts';
import type { LogPatternTables } from './log-pattern-tables.ts';
import type { SeriesTables } from './series-tables.ts';
import type { SignalTables } from './signal-tables.ts';
import type { StageTables } from './stage-tables.ts';
import type { TenantTables } from './tenant-tables.ts';
import type { TuningTables } from './tuning-tables.ts';

/** Every table of the database. A noun adds its tables by one line in this `extends` list. */
export interface Schema
  extends
    EventLogTables,
    SeriesTables,
    SignalTables,
    FindingTables,
    InvestigationTables,
    DocumentTables,
    TenantTables,
    TuningTables,
    StageTables,
    GoldTables,
    JobTables,
    LogPatternTables,
    AnswerRatingTables {}
