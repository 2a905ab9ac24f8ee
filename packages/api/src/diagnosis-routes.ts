import { IncidentId, KnownCause } from '@heliosiq/model';
import { z } from 'zod';
import {
  CauseOfIncident,
  InvestigationList,
  NewCauseMark,
  ReliabilityAnswer,
  ReplayAnswer,
} from './contract/diagnoses.ts';
import { IncidentParams } from './contract/incidents.ts';
import { limitUpTo } from './contract/series.ts';
import type { Route } from './route.ts';

/** Investigations of incidents, and what people say the causes were. */
export const diagnosisRoutes = {
  investigate: {
    method: 'POST',
    path: '/api/v1/incidents/:id/investigations',
    summary: 'Investigate now, and follow it: events `started`, `step`, and `answer` or `fault` at the end.',
    tag: 'incidents',
    role: 'operator',
    params: IncidentParams,
    response: 'text/event-stream',
  },
  listInvestigations: {
    method: 'GET',
    path: '/api/v1/incidents/:id/investigations',
    summary: 'How the causes of an incident were looked for, step by step, newest first.',
    tag: 'incidents',
    role: 'viewer',
    params: IncidentParams,
    query: z.strictObject({ limit: limitUpTo(100, 20) }),
    response: InvestigationList,
  },
  replayInvestigation: {
    method: 'POST',
    path: '/api/v1/incidents/:id/investigations/:investigationId/replay',
    summary: 'Put the question of an earlier investigation again, and say whether input and answer are the same.',
    tag: 'incidents',
    role: 'operator',
    params: z.strictObject({ id: IncidentId, investigationId: z.string().min(1).max(64) }),
    response: ReplayAnswer,
  },
  markCause: {
    method: 'POST',
    path: '/api/v1/incidents/:id/cause',
    summary: 'Say what the true cause was; remembered for similar incidents.',
    tag: 'incidents',
    role: 'operator',
    params: IncidentParams,
    body: NewCauseMark,
    response: KnownCause,
  },
  getCause: {
    method: 'GET',
    path: '/api/v1/incidents/:id/cause',
    summary: 'What a person said the true cause was.',
    tag: 'incidents',
    role: 'viewer',
    params: IncidentParams,
    response: CauseOfIncident,
  },
  getReliability: {
    method: 'GET',
    path: '/api/v1/diagnoses/reliability',
    summary: 'How sure answers were, and how often people said that they were right.',
    tag: 'incidents',
    role: 'viewer',
    response: ReliabilityAnswer,
  },
} as const satisfies Record<string, Route>;
