import { HeliosError, orderedId, type TenantId } from '@heliosiq/model';
import type { LakeProof, LakeProofs, Logger, ProofRequest, Service, StateStore } from '@heliosiq/ports';
import { proveLake, type ProveLakeDeps } from './prove-lake.ts';

export interface ProofJobsDeps extends ProveLakeDeps {
  /** Keeps what became of a proof beyond the process that worked on it. */
  readonly states: StateStore;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Proofs as jobs, and the service that they run in: when it is stopped, so are they. */
export interface ProofJobs extends LakeProofs {
  readonly service: Service;
}

const scope = 'lake-proofs';
/** Under this key the id of a tenant's last proof is kept. */
const lastKey = 'last';

/** A running proof says that it lives this often; one that was silent for longer than the patience is gone. */
const heartbeatMs = 2000;
const patienceMs = 10_000;

interface Running {
  proof: LakeProof;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** A proof as it is kept, with the last sign of life of who works on it. */
interface Kept {
  readonly proof: LakeProof;
  readonly aliveAt: number;
}

export function createProofJobs({ states, logger, now, ...deps }: ProofJobsDeps): ProofJobs {
  const running = new Map<TenantId, Running>();

  async function keep(tenantId: TenantId, proof: LakeProof): Promise<void> {
    const kept: Kept = { proof, aliveAt: now() };
    const entry = { key: proof.id, bytes: Buffer.from(JSON.stringify(kept)) };
    await states.put(tenantId, scope, [entry, { key: lastKey, bytes: Buffer.from(proof.id) }]);
  }

  async function keptOf(tenantId: TenantId, id: string): Promise<LakeProof | undefined> {
    const own = running.get(tenantId);
    if (own?.proof.id === id) return own.proof;
    const [entry] = await states.get(tenantId, scope, [id]);
    if (entry === undefined || id === lastKey) return undefined;
    // The cast holds: only `keep` writes to this scope.
    const { proof, aliveAt } = JSON.parse(Buffer.from(entry.bytes).toString('utf8')) as Kept;
    const isGone = proof.state === 'running' && now() - aliveAt > patienceMs;
    return isGone ? { ...proof, state: 'interrupted' } : proof;
  }

  async function lastOf(tenantId: TenantId): Promise<LakeProof | undefined> {
    const [entry] = await states.get(tenantId, scope, [lastKey]);
    return entry === undefined ? undefined : keptOf(tenantId, Buffer.from(entry.bytes).toString('utf8'));
  }

  async function work(tenantId: TenantId, job: Running): Promise<void> {
    const { signal } = job.stop;
    // One write after the other, so that a late sign of life never stands over the end.
    let writing: Promise<void> = Promise.resolve();
    const write = (proof: LakeProof): Promise<void> =>
      (writing = writing
        .then(() => keep(tenantId, proof))
        .catch((error: unknown) => logger.warn({ error }, 'the state of a proof could not be kept')));
    const beat = setInterval(() => void write(job.proof), heartbeatMs);
    let ended: LakeProof;
    try {
      const found = await proveLake(deps, {
        tenantId,
        request: job.proof.request,
        signal,
        onProgress: (step, share) => (job.proof = { ...job.proof, step, share }),
      });
      const { bronze, stages, isProven } = found;
      ended = { ...job.proof, state: 'done', step: 'done', share: 1, bronze, stages, isProven };
    } catch (error) {
      const reason =
        error instanceof HeliosError ? error.message : 'it failed inside; the log of the program says more';
      if (!signal.aborted) logger.error({ error, proof: job.proof.id }, 'a proof of the lake failed');
      ended = signal.aborted ? { ...job.proof, state: 'interrupted' } : { ...job.proof, state: 'failed', reason };
    } finally {
      clearInterval(beat);
    }
    // Its end is told when the next proof may begin, and not before.
    await write({ ...ended, finishedAt: now() });
    running.delete(tenantId);
  }

  function begin(tenantId: TenantId, request: ProofRequest): LakeProof {
    const proof: LakeProof = {
      id: orderedId(),
      state: 'running',
      request,
      startedAt: now(),
      step: 'waiting for bronze',
      share: 0,
      stages: [],
    };
    const finished = Promise.withResolvers<void>();
    const job: Running = { proof, stop: new AbortController(), done: finished.promise };
    running.set(tenantId, job);
    void keep(tenantId, proof)
      .catch((error: unknown) => logger.warn({ error }, 'the state of a proof could not be kept'))
      .then(() => work(tenantId, job))
      .finally(finished.resolve);
    return proof;
  }

  return {
    async start(tenantId, request) {
      const last = running.get(tenantId)?.proof ?? (await lastOf(tenantId));
      if (last?.state === 'running' || running.has(tenantId)) {
        throw new HeliosError('conflict', 'Another proof of this tenant is running', {
          cure: `wait for ${last?.id ?? 'it'}, or stop it`,
        });
      }
      return begin(tenantId, request);
    },

    read: keptOf,

    async stop(tenantId, id) {
      const job = running.get(tenantId);
      if (job?.proof.id !== id) return false;
      job.stop.abort();
      await job.done;
      return true;
    },

    service: {
      name: 'lake-proofs',
      async run(signal) {
        if (!signal.aborted) {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        }
        const jobs = [...running.values()];
        for (const { stop } of jobs) stop.abort();
        await Promise.all(jobs.map(({ done }) => done));
      },
    },
  };
}
