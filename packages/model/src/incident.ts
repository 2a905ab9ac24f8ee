import { z } from 'zod';
import { AnomalyId, AssetId, IncidentId, TenantId } from './ids.ts';
import { Severity } from './severity.ts';
import { Timestamp } from './signal.ts';

export const IncidentStatus = z.enum(['open', 'acknowledged', 'resolved']);
export type IncidentStatus = z.infer<typeof IncidentStatus>;

/** What is wrong, told to people once. `revision` grows with each change and guards concurrent writers. */
export const Incident = z.object({
  id: IncidentId,
  tenantId: TenantId,
  revision: z.number().int().positive(),
  title: z.string(),
  status: IncidentStatus,
  severity: Severity,
  /** Same trouble, same fingerprint: a recurrence within the reopen window reopens instead of opening anew. */
  fingerprint: z.string(),
  /** Event time of the first member. */
  startedAt: Timestamp,
  openedAt: Timestamp,
  updatedAt: Timestamp,
  /** Event time of the newest member. */
  lastSeenAt: Timestamp,
  acknowledgedAt: Timestamp.optional(),
  acknowledgedBy: z.string().optional(),
  resolvedAt: Timestamp.optional(),
  resolvedBy: z.string().optional(),
  reopenedCount: z.number().int().nonnegative(),
  /** Assets affected, the most telling first; at most 200. */
  assets: z.array(AssetId).max(200),
  /** The asset and metric where users feel it: affected, with no affected caller above it. */
  entry: z.object({ asset: AssetId, metric: z.string() }).optional(),
  /** Member anomalies, oldest first; at most 1,000. */
  anomalyIds: z.array(AnomalyId).max(1000),
  /** Fingerprints of member alerts; at most 1,000. */
  alertFingerprints: z.array(z.string()).max(1000),
  /** How often anomalies opened or alerts fired for it. */
  occurrences: z.number().int().nonnegative(),
});
export type Incident = z.infer<typeof Incident>;

/** One line of an incident's story. `id` makes a repeated write harmless. */
export const TimelineEntry = z.object({
  id: z.string(),
  at: Timestamp,
  kind: z.enum([
    'anomaly-joined',
    'anomaly-closed',
    'alert-joined',
    'alert-resolved',
    'incident-opened',
    'incident-acknowledged',
    'incident-resolved',
    'incident-reopened',
    'severity-changed',
    'diagnosis-made',
    'notification-sent',
    'notification-failed',
    'comment-added',
  ]),
  text: z.string(),
  actor: z.string().optional(),
  /** Path of what it speaks about, e.g. `/api/v1/anomalies/…`. */
  url: z.string().optional(),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/** The value of one record of the topic `incidents`: key = incident. */
export const IncidentEvent = z.object({
  kind: z.enum([
    'incident-opened',
    'incident-updated',
    'incident-acknowledged',
    'incident-resolved',
    'incident-reopened',
  ]),
  incident: Incident,
});
export type IncidentEvent = z.infer<typeof IncidentEvent>;
