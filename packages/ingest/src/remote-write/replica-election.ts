import type { TenantId } from '@heliosiq/model';

/** One of several senders that say the same: label values of a high-availability pair of Prometheus. */
export interface Replica {
  readonly cluster: string;
  readonly name: string;
}

/** Chooses one replica of each cluster, whose samples are stored; those of the others would be doubles. */
export interface ReplicaElection {
  /** True when the replica is the elected one, which it is from now on where no other has been heard for long enough. */
  admits(tenantId: TenantId, replica: Replica, now: number): boolean;
}

interface Elected {
  name: string;
  heardAt: number;
}

/** Clusters of a tenant that are remembered; beyond, the one elected first is forgotten. */
const clustersMax = 10_000;

/**
 * The first replica heard is elected and stays so until it has been silent for `silenceMs`. The choice lives in this
 * process: after a start the first replica heard is elected anew, and several ingest processes choose each for itself.
 */
export function createReplicaElection(silenceMs: number): ReplicaElection {
  const tenants = new Map<TenantId, Map<string, Elected>>();

  return {
    admits(tenantId, { cluster, name }, now) {
      let clusters = tenants.get(tenantId);
      if (clusters === undefined) tenants.set(tenantId, (clusters = new Map()));
      const elected = clusters.get(cluster);
      if (elected === undefined) {
        if (clusters.size >= clustersMax) clusters.delete(clusters.keys().next().value ?? '');
        clusters.set(cluster, { name, heardAt: now });
        return true;
      }
      if (elected.name !== name) {
        if (now - elected.heardAt <= silenceMs) return false;
        elected.name = name;
      }
      elected.heardAt = now;
      return true;
    },
  };
}
