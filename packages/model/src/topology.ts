import { z } from 'zod';
import { AssetId } from './ids.ts';
import { Labels } from './signal.ts';

/** A device, service, host or part that signals speak about. */
export const Asset = z.strictObject({
  id: AssetId,
  /** Kind of thing, e.g. `service`, `database`, `queue`, `function`, `host`, `device`, `sensor`. */
  class: z.string().max(100).optional(),
  labels: Labels.default({}),
});
export type Asset = z.infer<typeof Asset>;

/**
 * How one asset stands to another: `calls` (from sends requests to to), `runs-on` (from is hosted by to),
 * `part-of` (from belongs to to).
 */
export const EdgeKind = z.enum(['calls', 'runs-on', 'part-of']);
export type EdgeKind = z.infer<typeof EdgeKind>;

export const Edge = z.strictObject({ from: AssetId, to: AssetId, kind: EdgeKind });
export type Edge = z.infer<typeof Edge>;

/** The assets of a tenant and what they have to do with each other. */
export const Topology = z.object({ assets: z.array(Asset), edges: z.array(Edge) });
export type Topology = z.infer<typeof Topology>;
