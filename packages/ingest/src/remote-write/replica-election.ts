import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { StateStore } from '@heliosiq/ports';
import { z } from 'zod';

/** One of several senders that say the same: label values of a high-availability pair of Prometheus. */
export interface Replica {
  readonly cluster: string;
  readonly name: string;
}

/** Chooses one replica of each cluster, whose samples are stored; those of the others would be doubles. */
export interface ReplicaElection {
  /** Reads what was chosen before a restart; needed before the first `admits` of a tenant, and cheap after that. */
  open(tenantId: TenantId): Promise<void>;
  /**
   * True when the replica is the elected one, which it is from now on where no other has been heard for long enough.
   * Throws `unavailable` while it is open, after a restart, whether the elected one is still there.
   */
  admits(tenantId: TenantId, replica: Replica, now: number): boolean;
  /** Makes new choices durable; does nothing when there are none. */
  save(tenantId: TenantId): Promise<void>;
}

interface Elected {
  name: string;
  heardAt: number;
  /** Chosen before a restart, and not heard since. */
  isAwaited: boolean;
}

interface TenantElections {
  readonly clusters: Map<string, Elected>;
  isSaved: boolean;
}

/** Clusters of a tenant that are remembered; beyond, the one elected first is forgotten. */
const clustersMax = 1000;
const scope = 'remote-write';
const key = 'elected-replicas';

const SavedElections = z.array(z.tuple([z.string(), z.string()])).max(clustersMax);

/**
 * The first replica heard is elected and stays so until it has been silent for `silenceMs`. With `states` a choice
 * survives a restart: the elected one is waited for, and the others are told to come again, because both have kept
 * the samples of the time between and only one may deliver them. Each process chooses for itself.
 */
export function createReplicaElection({
  silenceMs,
  states,
  now,
}: {
  readonly silenceMs: number;
  readonly states: StateStore | undefined;
  readonly now: () => number;
}): ReplicaElection {
  const tenants = new Map<TenantId, TenantElections>();

  function electionsOf(tenantId: TenantId): TenantElections {
    let elections = tenants.get(tenantId);
    if (elections === undefined) tenants.set(tenantId, (elections = { clusters: new Map(), isSaved: true }));
    return elections;
  }

  return {
    async open(tenantId) {
      if (tenants.has(tenantId)) return;
      const [saved] = (await states?.get(tenantId, scope, [key])) ?? [];
      // Another request may have been quicker.
      if (tenants.has(tenantId)) return;
      const { clusters } = electionsOf(tenantId);
      for (const [cluster, name] of saved === undefined ? [] : savedIn(saved.bytes)) {
        clusters.set(cluster, { name, heardAt: now(), isAwaited: true });
      }
    },

    admits(tenantId, { cluster, name }, moment) {
      const elections = electionsOf(tenantId);
      const { clusters } = elections;
      const elected = clusters.get(cluster);
      if (elected?.name === name) {
        elected.heardAt = moment;
        elected.isAwaited = false;
        return true;
      }
      if (elected !== undefined && moment - elected.heardAt <= silenceMs) {
        if (elected.isAwaited) throw stillOpen(elected.heardAt + silenceMs - moment);
        return false;
      }
      if (elected === undefined && clusters.size >= clustersMax) clusters.delete(clusters.keys().next().value ?? '');
      clusters.set(cluster, { name, heardAt: moment, isAwaited: false });
      elections.isSaved = false;
      return true;
    },

    async save(tenantId) {
      const elections = electionsOf(tenantId);
      if (elections.isSaved || states === undefined) return;
      elections.isSaved = true;
      const pairs = Array.from(elections.clusters, ([cluster, { name }]) => [cluster, name]);
      try {
        await states.put(tenantId, scope, [{ key, bytes: Buffer.from(JSON.stringify(pairs)) }]);
      } catch (error) {
        elections.isSaved = false;
        throw error;
      }
    },
  };
}

/** The pairs of cluster and replica; none where they cannot be read, as at the very first start. */
function savedIn(bytes: Uint8Array): z.infer<typeof SavedElections> {
  try {
    return SavedElections.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return [];
  }
}

function stillOpen(leftMs: number): HeliosError {
  return new HeliosError('unavailable', 'The replica that was stored before the restart is waited for', {
    retryAfterS: Math.min(5, Math.ceil(leftMs / 1000) + 1),
  });
}
