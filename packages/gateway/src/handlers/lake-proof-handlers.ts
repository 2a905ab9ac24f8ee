import type { LakeProofAnswer } from '@heliosiq/api';
import { HeliosError, type Principal } from '@heliosiq/model';
import type { LakeProof, LakeProofs, LakeStage } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface LakeProofHandlerDeps {
  readonly proofs: LakeProofs;
  readonly now: () => number;
}

/** What lies further ahead no door takes. */
const aheadMs = 2 * 86_400_000;

const stagesOf = {
  silver: ['silver', 'signals'],
  gold: ['gold'],
  detect: ['detect'],
  all: ['silver', 'signals', 'gold', 'detect'],
} as const satisfies Record<string, readonly LakeStage[]>;

export function lakeProofHandlers({ proofs, now }: LakeProofHandlerDeps) {
  async function found(principal: Principal, id: string): Promise<LakeProofAnswer> {
    const proof = await proofs.read(principal.tenantId, id);
    if (proof === undefined) throw new HeliosError('not-found', 'There is no such proof', { field: 'id' });
    return answerOf(proof);
  }

  function rangeOf(since: number, until: number): { readonly since: number; readonly until: number } {
    if (since < until) return { since, until };
    throw new HeliosError('invalid-request', 'The range ends before it begins', {
      field: 'until',
      cure: 'Give since < until',
    });
  }

  return {
    async startVerify({ principal, body: { since = 0, until = now() + aheadMs, tenant } }) {
      checkTenant(principal, tenant);
      const range = rangeOf(since, until);
      const request = { ...range, stages: [...stagesOf.silver], applies: false, checksBronze: true };
      return answerOf(await proofs.start(principal.tenantId, request));
    },

    readVerify: ({ principal, params }) => found(principal, params.id),

    async startReplay({ principal, body: { since, until = now() + aheadMs, stage, apply, tenant } }) {
      checkTenant(principal, tenant);
      const range = rangeOf(since, until);
      const request = { ...range, stages: [...stagesOf[stage]], applies: apply, checksBronze: false };
      return answerOf(await proofs.start(principal.tenantId, request));
    },

    readReplay: ({ principal, params }) => found(principal, params.id),

    async stopReplay({ principal, params }) {
      if (await proofs.stop(principal.tenantId, params.id)) return undefined;
      throw new HeliosError('not-found', 'There is no such proof running here', { field: 'id' });
    },
  } satisfies Handlers<'startVerify' | 'readVerify' | 'startReplay' | 'readReplay' | 'stopReplay'>;
}

function checkTenant({ tenantId }: Principal, tenant: string | undefined): void {
  if (tenant === undefined || tenant === tenantId) return;
  throw new HeliosError('forbidden', `The credential is not one of the tenant ${tenant}`, {
    field: 'tenant',
    cure: 'Use a key of that tenant',
  });
}

function answerOf({ request, bronze, stages, ...proof }: LakeProof): LakeProofAnswer {
  return {
    ...proof,
    request: { ...request, stages: [...request.stages] },
    ...(bronze === undefined ? {} : { bronze: { ...bronze, faults: [...bronze.faults], links: [...bronze.links] } }),
    stages: stages.map((stage) => ({ ...stage, first: [...stage.first], notes: [...stage.notes] })),
  };
}
