/** The HTTP contract of HeliosIQ and its typed client; runs in a browser too. */
export {
  AnomalyId,
  DiagnosisId,
  DocumentId,
  HeliosError,
  IncidentId,
  SilenceMatcher,
  silenceState,
} from '@heliosiq/model';
export * from './client.ts';
export * from './contract/detection.ts';
export * from './contract/gold.ts';
export * from './contract/diagnoses.ts';
export * from './contract/incidents.ts';
export * from './contract/ingest.ts';
export * from './contract/jobs.ts';
export * from './contract/knowledge.ts';
export * from './contract/lake-proofs.ts';
export * from './contract/lake.ts';
export * from './contract/logs.ts';
export * from './contract/operations.ts';
export * from './contract/problem.ts';
export * from './contract/retention.ts';
export * from './contract/rules.ts';
export * from './contract/series.ts';
export * from './openapi.ts';
export * from './route.ts';
export * from './routes.ts';
