import { z } from 'zod';
import { IncidentId } from './ids.ts';
import { Timestamp } from './signal.ts';

/**
 * What a person said about grouping, remembered for the next time: things of the left side and things of the right side
 * belong together, or they do not. A thing is `alert:<fingerprint>`, `series:<series id>` or `asset:<asset>`.
 */
export const IncidentCorrection = z.object({
  id: z.string(),
  at: Timestamp,
  actor: z.string(),
  kind: z.enum(['together', 'apart']),
  left: z.array(z.string()).min(1).max(400),
  right: z.array(z.string()).min(1).max(400),
  /** The incidents that it was said about. */
  incidentIds: z.array(IncidentId).max(2),
  note: z.string().optional(),
});
export type IncidentCorrection = z.infer<typeof IncidentCorrection>;
