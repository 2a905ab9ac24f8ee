import type { Migration } from 'kysely/migration';
import { eventLogMigration } from './0001_event_log.ts';
import { seriesMigration } from './0002_series.ts';
import { signalsMigration } from './0003_signals.ts';
import { findingsMigration } from './0004_findings.ts';
import { documentsMigration } from './0005_documents.ts';
import { tenantsMigration } from './0006_tenants.ts';
import { stagesMigration } from './0007_stages.ts';
import { seriesRefMigration } from './0008_series_ref.ts';
import { samplePagesMigration } from './0009_sample_pages.ts';
import { goldMigration } from './0010_gold.ts';
import { seriesKeysMigration } from './0011_series_keys.ts';
import { leanCatalogueMigration } from './0012_lean_catalogue.ts';
import { logPatternsMigration } from './0013_log_patterns.ts';
import { tuningsMigration } from './0014_tunings.ts';
import { incidentMembersMigration } from './0015_incident_members.ts';
import { investigationsMigration } from './0016_investigations.ts';
import { rulesMigration } from './0018_rules.ts';
import { answerRatingsMigration } from './0019_answer_ratings.ts';
import { stateRowsMigration } from './0022_state_rows.ts';
import { smallTablesMigration } from './0023_small_tables.ts';
import { jobsMigration } from './0026_jobs.ts';
import { incidentNewsMigration } from './0027_incident_news.ts';
import { segmentsInRowsMigration } from './0028_segments_in_rows.ts';
import { appendedRowsMigration } from './0029_appended_rows.ts';

/** Every step of the schema in order; a step that was released is never changed, a new one is added below. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_event_log': eventLogMigration,
  '0002_series': seriesMigration,
  '0003_signals': signalsMigration,
  '0004_findings': findingsMigration,
  '0005_documents': documentsMigration,
  '0006_tenants': tenantsMigration,
  '0007_stages': stagesMigration,
  '0008_series_ref': seriesRefMigration,
  '0009_sample_pages': samplePagesMigration,
  '0010_gold': goldMigration,
  '0011_series_keys': seriesKeysMigration,
  '0012_lean_catalogue': leanCatalogueMigration,
  '0013_log_patterns': logPatternsMigration,
  '0014_tunings': tuningsMigration,
  '0015_incident_members': incidentMembersMigration,
  '0016_investigations': investigationsMigration,
  '0018_rules': rulesMigration,
  '0019_answer_ratings': answerRatingsMigration,
  '0022_state_rows': stateRowsMigration,
  '0023_small_tables': smallTablesMigration,
  '0026_jobs': jobsMigration,
  '0027_incident_news': incidentNewsMigration,
  '0028_segments_in_rows': segmentsInRowsMigration,
  '0029_appended_rows': appendedRowsMigration,
};
