import { Asset, Edge } from '@heliosiq/model';
import { z } from 'zod';

export const Receipt = z.object({
  accepted: z.number().int(),
  rejectedTotal: z.number().int(),
  /** The first 100 rejected records. */
  rejected: z.array(
    z.object({
      index: z.number().int(),
      field: z.string().optional(),
      reason: z.string(),
      cure: z.string().optional(),
    }),
  ),
});
export type Receipt = z.infer<typeof Receipt>;

export const NewTopology = z.strictObject({
  assets: z.array(Asset).max(10_000).default([]),
  edges: z.array(Edge).max(50_000).default([]),
});

export const TopologyReceipt = z.object({ assets: z.number().int(), edges: z.number().int() });
