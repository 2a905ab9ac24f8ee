import type { Principal, Topology } from '@heliosiq/model';

/** The door for topology: what may be stored, is stored when it resolves. */
export interface TopologyIntake {
  /**
   * Adds or updates assets and edges; answers how many of each were stored: duplicates and edges of an asset to itself
   * are left out.
   * Rejects with `invalid-request`, naming the field, when a part makes no sense; then nothing is stored.
   */
  put(principal: Principal, topology: Topology): Promise<{ readonly assets: number; readonly edges: number }>;
}
