import { Anomaly, Diagnosis, Evidence, Incident, IncidentId, TimelineEntry } from '@heliosiq/model';
import { z } from 'zod';

/** The cause of an incident in one line, for lists. */
export const CauseSummary = z.object({
  verdict: Diagnosis.shape.verdict,
  confidence: z.number(),
  asset: z.string().optional(),
  fault: z.string().optional(),
  summary: z.string(),
});

export const IncidentWithCause = z.object({ incident: Incident, cause: CauseSummary.optional() });

export const IncidentList = z.object({ incidents: z.array(IncidentWithCause) });

export const IncidentDetail = z.object({
  incident: Incident,
  diagnosis: Diagnosis.optional(),
  /** Member anomalies, at most 200, the worst first. */
  anomalies: z.array(Anomaly),
  timeline: z.array(TimelineEntry),
});

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
