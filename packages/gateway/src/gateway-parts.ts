import type { HttpDoor } from '@heliosiq/ports';
import type { Routes } from '@heliosiq/api';
import type { Handlers } from './handlers/handler.ts';
import { diagnosisHandlers } from './handlers/diagnosis-handlers.ts';
import type { DiagnosisHandlerDeps } from './handlers/diagnosis-handlers.ts';
import { detectionHandlers } from './handlers/detection-handlers.ts';
import type { DetectionHandlerDeps } from './handlers/detection-handlers.ts';
import { goldHandlers } from './handlers/gold-handlers.ts';
import type { GoldHandlerDeps } from './handlers/gold-handlers.ts';
import { incidentHandlers } from './handlers/incident-handlers.ts';
import type { IncidentHandlerDeps } from './handlers/incident-handlers.ts';
import { ingestHandlers } from './handlers/ingest-handlers.ts';
import type { IngestHandlerDeps } from './handlers/ingest-handlers.ts';
import { jobHandlers } from './handlers/job-handlers.ts';
import type { JobHandlerDeps } from './handlers/job-handlers.ts';
import { knowledgeHandlers } from './handlers/knowledge-handlers.ts';
import type { KnowledgeHandlerDeps } from './handlers/knowledge-handlers.ts';
import { lakeCatalogueHandlers } from './handlers/lake-catalogue-handlers.ts';
import type { LakeCatalogueHandlerDeps } from './handlers/lake-catalogue-handlers.ts';
import { lakeProofHandlers } from './handlers/lake-proof-handlers.ts';
import type { LakeProofHandlerDeps } from './handlers/lake-proof-handlers.ts';
import { lakeHandlers } from './handlers/lake-handlers.ts';
import type { LakeHandlerDeps } from './handlers/lake-handlers.ts';
import { logHandlers } from './handlers/log-handlers.ts';
import type { LogHandlerDeps } from './handlers/log-handlers.ts';
import { operationsHandlers } from './handlers/operations-handlers.ts';
import type { OperationsHandlerDeps } from './handlers/operations-handlers.ts';
import { silenceHandlers } from './handlers/silence-handlers.ts';
import { retentionHandlers } from './handlers/retention-handlers.ts';
import type { RetentionHandlerDeps } from './handlers/retention-handlers.ts';
import { ruleHandlers } from './handlers/rule-handlers.ts';
import type { RuleHandlerDeps } from './handlers/rule-handlers.ts';
import type { LiveEvents } from './live-events.ts';

/**
 * What a process serves over HTTP besides health, metrics, keys and the log's view. Each role brings its part; a part
 * that nobody brings is not there: its paths are unknown.
 */
export interface GatewayParts {
  /** Sending signals and topology. */
  readonly ingest?: IngestHandlerDeps | undefined;
  /** Reading signals, series, topology and anomalies, what the lake holds, and taking samples out. */
  readonly lake?: (LakeHandlerDeps & LakeCatalogueHandlerDeps) | undefined;
  /** Proofs that what is stored is what was accepted. */
  readonly proofs?: LakeProofHandlerDeps | undefined;
  /** Incidents, diagnoses and the live stream. */
  readonly incidents?: Omit<IncidentHandlerDeps, 'liveEvents'> | undefined;
  /** Investigations, and what people say the causes were. */
  readonly investigations?: DiagnosisHandlerDeps | undefined;
  /** Documents, search and questions. */
  readonly knowledge?: KnowledgeHandlerDeps | undefined;
  /** What people tell detection, and what it would have said. */
  readonly detection?: DetectionHandlerDeps | undefined;
  /** Facts made of rollups. */
  readonly gold?: GoldHandlerDeps | undefined;
  /** Logs by words and patterns. */
  readonly logs?: LogHandlerDeps | undefined;
  /** What is kept for how long. */
  readonly retention?: RetentionHandlerDeps | undefined;
  /** Work that comes round again and again. */
  readonly jobs?: JobHandlerDeps | undefined;
  /** Files of rules, and what they find. */
  readonly rules?: RuleHandlerDeps | undefined;
  /** Protocols of others. */
  readonly httpDoors?: readonly HttpDoor[] | undefined;
}

type EveryHandler = ReturnType<typeof ingestHandlers> &
  ReturnType<typeof lakeHandlers> &
  ReturnType<typeof lakeCatalogueHandlers> &
  ReturnType<typeof lakeProofHandlers> &
  ReturnType<typeof incidentHandlers> &
  ReturnType<typeof diagnosisHandlers> &
  ReturnType<typeof silenceHandlers> &
  ReturnType<typeof knowledgeHandlers> &
  ReturnType<typeof retentionHandlers> &
  ReturnType<typeof jobHandlers> &
  ReturnType<typeof goldHandlers> &
  ReturnType<typeof detectionHandlers> &
  ReturnType<typeof ruleHandlers> &
  ReturnType<typeof logHandlers> &
  ReturnType<typeof operationsHandlers>;

/** Does not compile when a route of the contract has no handler in any group. */
type Complete<Given extends Handlers> = keyof Given & keyof Routes;

/** Handlers of the groups that a process has. */
export type ServedHandlers = { readonly [Name in Complete<EveryHandler>]?: Handlers[Name] };

export interface HandlersContext {
  readonly operations: Omit<OperationsHandlerDeps, 'isServed'>;
  readonly liveEvents: LiveEvents;
}

/** The handlers of the given parts; those of operations are always there. */
export function handlersOf(parts: GatewayParts, { operations, liveEvents }: HandlersContext): ServedHandlers {
  const handlers: ServedHandlers = {
    ...(parts.ingest && ingestHandlers(parts.ingest)),
    ...(parts.lake && lakeHandlers(parts.lake)),
    ...(parts.lake && lakeCatalogueHandlers(parts.lake)),
    ...(parts.proofs && lakeProofHandlers(parts.proofs)),
    ...(parts.incidents && incidentHandlers({ ...parts.incidents, liveEvents })),
    ...(parts.investigations && diagnosisHandlers(parts.investigations)),
    ...(parts.incidents && silenceHandlers(parts.incidents)),
    ...(parts.knowledge && knowledgeHandlers(parts.knowledge)),
    ...(parts.gold && goldHandlers(parts.gold)),
    ...(parts.detection && detectionHandlers(parts.detection)),
    ...(parts.logs && logHandlers(parts.logs)),
    ...(parts.retention && retentionHandlers(parts.retention)),
    ...(parts.jobs && jobHandlers(parts.jobs)),
    ...(parts.rules && ruleHandlers(parts.rules)),
    ...operationsHandlers({ ...operations, isServed: (name) => name in handlers }),
  };
  return handlers;
}
