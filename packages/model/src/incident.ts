import { z } from 'zod';
import { AnomalyId, AssetId, IncidentId, TenantId } from './ids.ts';
import { Severity } from './severity.ts';
import { Timestamp } from './signal.ts';

/** `mitigated`: users are safe again, the cause is not gone yet. */
export const IncidentStatus = z.enum(['open', 'acknowledged', 'mitigated', 'resolved']);
export type IncidentStatus = z.infer<typeof IncidentStatus>;

/** Statuses of an incident that is not over. */
export const activeIncidentStatuses = [
  'open',
  'acknowledged',
  'mitigated',
] as const satisfies readonly IncidentStatus[];

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
  mitigatedAt: Timestamp.optional(),
  mitigatedBy: z.string().optional(),
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
  /** Why it is as severe as it is. */
  severityReason: z.string().optional(),
  /** Who works on it. */
  assignee: z.string().max(200).optional(),
  /** Who wants to hear of it; at most 50. */
  watchers: z.array(z.string().max(200)).max(50).optional(),
  /** The last incident of the same trouble, when it was over for longer than the reopen window. */
  recurrenceOf: IncidentId.optional(),
  /** It turned out to be one with this incident, which has its members now. */
  mergedInto: IncidentId.optional(),
  /** The incident that its first members were taken out of by a person. */
  splitFrom: IncidentId.optional(),
  /** The incident that it is a symptom of: an asset that it calls is in trouble there. */
  symptomOf: IncidentId.optional(),
  /** Labels of its members as `name=value`, by which others may be known as its own; at most 64. */
  traits: z.array(z.string()).max(64).optional(),
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
    'incident-mitigated',
    'incident-resolved',
    'incident-reopened',
    'incident-merged',
    'incident-split',
    'incident-linked',
    'members-moved',
    'assignee-changed',
    'watchers-changed',
    'severity-changed',
    'diagnosis-made',
    'notification-sent',
    'notification-failed',
    'notification-muted',
    'comment-added',
  ]),
  text: z.string(),
  /** How many alerts it tells of, where it stands for several. */
  count: z.number().int().min(2).optional(),
  actor: z.string().optional(),
  /** Why it belongs here, e.g. `it calls cart`. */
  reason: z.string().optional(),
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
    'incident-mitigated',
    'incident-resolved',
    'incident-reopened',
  ]),
  incident: Incident,
});
export type IncidentEvent = z.infer<typeof IncidentEvent>;
