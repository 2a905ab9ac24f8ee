import { ApiKey, ApiKeyId, Principal, Role } from '@heliosiq/model';
import { z } from 'zod';

export const NewKey = z.strictObject({ name: z.string().trim().min(1, 'name the key').max(100), role: Role });

/** The only answer that holds the key's secret. */
export const CreatedKey = z.object({ key: ApiKey, secret: z.string() });

export const KeyList = z.object({ keys: z.array(ApiKey) });

export const KeyParams = z.strictObject({ id: ApiKeyId });

export const ComponentHealth = z.object({
  name: z.string(),
  ok: z.boolean(),
  latencyMs: z.number(),
  detail: z.string().optional(),
});

export const Readiness = z.object({
  ready: z.boolean(),
  /** `starting`, `ready` or `stopping`. */
  state: z.enum(['starting', 'ready', 'stopping']),
  version: z.string(),
  components: z.array(ComponentHealth),
});

export const Whoami = Principal;

export const LagList = z.object({
  lag: z.array(
    z.object({
      group: z.string(),
      topic: z.string(),
      partition: z.number().int(),
      committedOffset: z.number(),
      endOffset: z.number(),
      lagRecords: z.number(),
    }),
  ),
});

/** A record that a stage could not use. `value` is its text, cut at 4,000 characters. */
export const RejectedRecord = z.object({
  offset: z.number(),
  id: z.string(),
  key: z.string(),
  reason: z.string(),
  appendedAt: z.number(),
  value: z.string(),
});

export const RejectedList = z.object({ records: z.array(RejectedRecord), nextOffset: z.number() });

export const Replayed = z.object({ replayed: z.number().int(), nextOffset: z.number() });
