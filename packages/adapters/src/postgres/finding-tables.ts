import type {
  Anomaly,
  Diagnosis,
  Incident,
  IncidentAlert,
  IncidentCorrection,
  IncidentEvent,
  IncidentStatus,
  Silence,
  TimelineEntry,
} from '@heliosiq/model';
import type { Generated } from 'kysely';
import type { JsonColumn } from './json-column.ts';

/** The tables of what was found out: each row is a whole document beside the fields it is found by. */
export interface FindingTables {
  anomaly: AnomalyTable;
  incident: IncidentTable;
  incident_timeline: IncidentTimelineTable;
  incident_alert: IncidentAlertTable;
  incident_correction: IncidentCorrectionTable;
  incident_news: IncidentNewsTable;
  silence: SilenceTable;
  diagnosis: DiagnosisTable;
}

export interface AnomalyTable {
  tenant_id: string;
  id: string;
  revision: number;
  status: Anomaly['status'];
  series_id: string;
  asset: string;
  started_at: number;
  /** End of a closed anomaly, last sample of an open one. */
  lasts_until: number;
  document: JsonColumn<Anomaly>;
}

export interface IncidentTable {
  tenant_id: string;
  id: string;
  revision: number;
  status: IncidentStatus;
  fingerprint: string;
  assets: string[];
  opened_at: number;
  updated_at: number;
  document: JsonColumn<Incident>;
}

export interface IncidentTimelineTable {
  tenant_id: string;
  incident_id: string;
  id: string;
  at: number;
  /** Order of arrival, which parts entries of one moment. */
  arrival: Generated<number>;
  document: JsonColumn<TimelineEntry>;
}

export interface IncidentAlertTable {
  tenant_id: string;
  incident_id: string;
  fingerprint: string;
  rule: string;
  occurrences: number;
  document: JsonColumn<IncidentAlert>;
}

export interface IncidentCorrectionTable {
  tenant_id: string;
  id: string;
  at: number;
  document: JsonColumn<IncidentCorrection>;
}

export interface IncidentNewsTable {
  tenant_id: string;
  incident_id: string;
  revision: number;
  made_at: number;
  /** Order of arrival. */
  arrival: Generated<number>;
  document: JsonColumn<IncidentEvent>;
}

export interface SilenceTable {
  tenant_id: string;
  id: string;
  starts_at: number;
  ends_at: number;
  document: JsonColumn<Silence>;
}

export interface DiagnosisTable {
  tenant_id: string;
  id: string;
  incident_id: string;
  revision: number;
  document: JsonColumn<Diagnosis>;
}
