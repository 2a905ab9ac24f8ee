import { z } from 'zod';
import { LakeProofAnswer, NewReplay, NewVerify, ProofParams } from './contract/lake-proofs.ts';
import type { Route } from './route.ts';

/** Proofs that what is stored is what the accepted records give; each is a job that is asked after. */
export const lakeProofRoutes = {
  startVerify: {
    method: 'POST',
    path: '/api/v1/lake/verify',
    summary: 'Begin to prove bronze, and that silver is what bronze gives.',
    tag: 'lake',
    role: 'admin',
    body: NewVerify,
    status: 202,
    response: LakeProofAnswer,
  },
  readVerify: {
    method: 'GET',
    path: '/api/v1/lake/verify/:id',
    summary: 'How far a proof is, and what it found.',
    tag: 'lake',
    role: 'admin',
    params: ProofParams,
    response: LakeProofAnswer,
  },
  startReplay: {
    method: 'POST',
    path: '/api/v1/lake/replay',
    summary: 'Begin to rebuild stages from bronze and compare them with what is stored; with `apply` put it right.',
    tag: 'lake',
    role: 'admin',
    body: NewReplay,
    status: 202,
    response: LakeProofAnswer,
  },
  readReplay: {
    method: 'GET',
    path: '/api/v1/lake/replay/:id',
    summary: 'How far a replay is, and what it found.',
    tag: 'lake',
    role: 'admin',
    params: ProofParams,
    response: LakeProofAnswer,
  },
  stopReplay: {
    method: 'DELETE',
    path: '/api/v1/lake/replay/:id',
    summary: 'Stop a replay or a proof; what it put right until then stays.',
    tag: 'lake',
    role: 'admin',
    params: ProofParams,
    status: 204,
    response: z.undefined(),
  },
} as const satisfies Record<string, Route>;
