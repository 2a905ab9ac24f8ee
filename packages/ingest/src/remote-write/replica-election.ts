import { createHash } from 'node:crypto';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { Lease } from '@heliosiq/ports';

/** One of several senders that say the same: label values of a high-availability pair of Prometheus. */
export interface Replica {
  readonly cluster: string;
  readonly name: string;
}

/** Chooses one replica of each cluster, whose samples are stored; those of the others would be doubles. */
export interface ReplicaElection {
  /** Whether a replica is the elected one, as far as is known without asking; undefined where `ask` has to be called first. */
  admits(tenantId: TenantId, replica: Replica, now: number): boolean | undefined;
  /**
   * Lets a replica stand for election and learns who is elected. Throws `unavailable` while it is open, after a start,
   * whether the one that was elected before is still there.
   */
  ask(tenantId: TenantId, replica: Replica, now: number): Promise<void>;
}

/** What this process knows of a cluster. Times are milliseconds since the epoch. */
interface Cluster {
  readonly lease: string;
  readonly firstAskedAt: number;
  /** The last one that this process heard and that was elected. */
  elected: { readonly name: string; readonly at: number } | undefined;
  /** When a replica was last told that another one is elected. */
  readonly refusedAt: Map<string, number>;
}

/** Clusters of a tenant that are remembered; beyond, the one heard of first is forgotten, and asked about anew. */
const clustersMax = 1000;
const refusedMax = 8;

/** What was learnt of the elected one holds for this part of the silence that it takes to elect another. */
const freshPart = 6;

/** What was learnt by one that is not elected: the other one's silence is to be noticed soon. */
const refusedFreshMs = 1000;

/**
 * The first replica heard is elected and stays so until it has been silent for `silenceMs`, and a sixth of it more at
 * most. The choice is a lease in the name of the replica, and so one for all processes that share the leases, and
 * outlives a restart: the elected one is waited for then, and the others are told to come again, because both have
 * kept the samples of the time between and only one may deliver them.
 */
export function createReplicaElection({
  silenceMs,
  lease,
}: {
  readonly silenceMs: number;
  readonly lease: Lease;
}): ReplicaElection {
  const tenants = new Map<TenantId, Map<string, Cluster>>();
  const freshMs = silenceMs / freshPart;
  const ttlMs = Math.ceil(silenceMs + freshMs);

  function clustersOf(tenantId: TenantId): Map<string, Cluster> {
    let clusters = tenants.get(tenantId);
    if (clusters === undefined) tenants.set(tenantId, (clusters = new Map()));
    return clusters;
  }

  function clusterOf(tenantId: TenantId, name: string, now: number): Cluster {
    const clusters = clustersOf(tenantId);
    let cluster = clusters.get(name);
    if (cluster === undefined) {
      if (clusters.size >= clustersMax) clusters.delete(clusters.keys().next().value ?? '');
      cluster = { lease: leaseName(tenantId, name), firstAskedAt: now, elected: undefined, refusedAt: new Map() };
      clusters.set(name, cluster);
    }
    return cluster;
  }

  return {
    admits(tenantId, { cluster: clusterName, name }, now) {
      const cluster = tenants.get(tenantId)?.get(clusterName);
      if (cluster === undefined) return undefined;
      const { elected, refusedAt } = cluster;
      if (elected !== undefined && isWithin(freshMs, elected.at, now)) return elected.name === name;
      const refused = refusedAt.get(name);
      return refused !== undefined && isWithin(refusedFreshMs, refused, now) ? false : undefined;
    },

    async ask(tenantId, { cluster: clusterName, name }, now) {
      const cluster = clusterOf(tenantId, clusterName, now);
      if (await lease.take(cluster.lease, name, ttlMs)) {
        cluster.elected = { name, at: now };
        cluster.refusedAt.clear();
        return;
      }
      // A lease that is held for longer than it lasts is renewed by somebody: the elected one is there.
      const openMs = cluster.firstAskedAt + ttlMs - now;
      if (cluster.elected === undefined && openMs > 0) throw stillOpen(openMs);
      if (cluster.refusedAt.size >= refusedMax) cluster.refusedAt.clear();
      cluster.refusedAt.set(name, now);
    },
  };
}

/** Whether two moments are near each other, whichever was first: requests overlap, and clocks go back. */
function isWithin(spanMs: number, at: number, now: number): boolean {
  return Math.abs(now - at) < spanMs;
}

/** Of bounded length, whatever a cluster is called. */
function leaseName(tenantId: TenantId, cluster: string): string {
  return `replicas/${tenantId}/${createHash('sha256').update(cluster).digest('hex')}`;
}

function stillOpen(leftMs: number): HeliosError {
  return new HeliosError(
    'unavailable',
    'Another replica was stored before, and whether it is still there is not known',
    {
      retryAfterS: Math.min(5, Math.ceil(leftMs / 1000) + 1),
    },
  );
}
