import { setTimeout as wait } from 'node:timers/promises';
import type { SampleBlock } from '@heliosiq/model';
import type { ProgramProcess } from '../../tests/support/program-process.ts';
import { remoteWriteRequest } from './remote-write-request.ts';

/** One answer to a request, the ones that ask for another try included. */
export interface WriteAnswer {
  readonly status: number;
  readonly tookMs: number;
}

/**
 * Sends samples by remote write as Prometheus does: again after the time that a 429 or 503 asks for. Resolves with all answers, the
 * final one last; rejects when that one is a refusal, unless the bench is about those.
 */
export async function sendByRemoteWrite(
  { url, adminKey }: Pick<ProgramProcess, 'url' | 'adminKey'>,
  blocks: readonly SampleBlock[],
  { mayRefuse = false }: { readonly mayRefuse?: boolean } = {},
): Promise<readonly WriteAnswer[]> {
  const body = remoteWriteRequest(blocks);
  const headers = {
    authorization: `Bearer ${adminKey}`,
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
  };
  const answers: WriteAnswer[] = [];
  for (;;) {
    const from = performance.now();
    const response = await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body });
    const text = await response.text();
    answers.push({ status: response.status, tookMs: performance.now() - from });
    if (response.ok || (mayRefuse && !isForLater(response.status))) return answers;
    if (!isForLater(response.status)) throw new Error(`answered ${response.status}: ${text}`);
    await wait(1000 * Number(response.headers.get('retry-after') ?? 1));
  }
}

function isForLater(status: number): boolean {
  return status === 429 || status === 503;
}
