import {
  Anomaly,
  AnomalyId,
  AssetId,
  Diagnosis,
  Evidence,
  Incident,
  IncidentAlert,
  IncidentId,
  Silence,
  SilenceMatcher,
  TimelineEntry,
} from '@heliosiq/model';
import { z } from 'zod';
import { Moment } from './series.ts';

/** The cause of an incident in one line, for lists. */
export const CauseSummary = z.object({
  verdict: Diagnosis.shape.verdict,
  confidence: z.number(),
  asset: z.string().optional(),
  fault: z.string().optional(),
  summary: z.string(),
});

export const IncidentWithCause = z.object({
  /** Of its members at most 100 anomalies and 100 alerts are named. */
  incident: Incident,
  cause: CauseSummary.optional(),
  /** Why nobody is told of it now. */
  muted: z.string().optional(),
});

export const IncidentList = z.object({ incidents: z.array(IncidentWithCause) });

export const IncidentDetail = z.object({
  incident: Incident,
  diagnosis: Diagnosis.optional(),
  /** Member anomalies, at most 200, the worst first. */
  anomalies: z.array(Anomaly),
  /** The newest 500 lines, oldest first. */
  timeline: z.array(TimelineEntry),
  /** How many lines and member alerts there are. */
  size: z.object({ timeline: z.number().int(), alerts: z.number().int() }),
  /** Member alerts, the first 50. */
  alerts: z.array(IncidentAlert),
  /** Silences that hold back its messages now. */
  silences: z.array(Silence),
});

export const AlertList = z.object({ alerts: z.array(IncidentAlert) });

export const TimelinePage = z.object({ timeline: z.array(TimelineEntry) });

export const NewAssignee = z.strictObject({
  /** Nobody when absent or empty. */
  assignee: z.string().trim().max(200).optional(),
});

export const Watching = z.strictObject({ isWatching: z.boolean() });

export const MergeBody = z.strictObject({
  /** The incident that goes on with all members. */
  into: IncidentId,
  note: z.string().max(2000).optional(),
});

export const SplitBody = z.strictObject({
  anomalyIds: z.array(AnomalyId).max(1000).optional(),
  alertFingerprints: z.array(z.string().min(1).max(200)).max(1000).optional(),
  /** All members of these assets. */
  assets: z.array(AssetId).max(200).optional(),
  /** Where they belong; a new incident when absent. */
  into: IncidentId.optional(),
  note: z.string().max(2000).optional(),
});

export const NewSilence = z.strictObject({
  kind: z.enum(['silence', 'maintenance']).default('silence'),
  matchers: z.array(SilenceMatcher).min(1, 'say what is silenced').max(20),
  /** Now when absent. */
  startsAt: Moment.optional(),
  endsAt: Moment,
  reason: z.string().trim().min(1, 'say why').max(2000),
});

export const SilenceParams = z.strictObject({ id: z.uuid() });

export const SilenceList = z.object({ silences: z.array(Silence) });

export const IncidentParams = z.strictObject({ id: IncidentId });

export const Note = z.strictObject({ note: z.string().max(2000).optional() });

export const NewComment = z.strictObject({ text: z.string().trim().min(1, 'write something').max(10_000) });

/** A piece of evidence with the data it was drawn from. */
export const EvidenceWithData = z.object({
  evidence: Evidence,
  incidentId: IncidentId,
  /** Samples around the change, where the evidence speaks about a metric. */
  series: z.array(
    z.object({
      labels: z.record(z.string(), z.string()),
      unit: z.string().optional(),
      times: z.array(z.number()),
      values: z.array(z.number()),
    }),
  ),
});

/** What the live stream sends as `data`; the SSE event's name is `kind`. */
export const LiveEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('incident'), incident: Incident }),
  z.object({ kind: z.literal('diagnosis'), diagnosis: Diagnosis }),
]);
export type LiveEvent = z.infer<typeof LiveEvent>;
