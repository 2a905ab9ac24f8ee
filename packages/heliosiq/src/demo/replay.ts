import { setTimeout } from 'node:timers/promises';
import type { Client } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/model';
import type { Recording, WireSample } from './recording.ts';

const samplesPerRequest = 5000;

export interface ReplayProgress {
  readonly sent: number;
  readonly total: number;
}

/**
 * Sends a recording through the public HTTP API as fast as it is taken, in time order; a 429 is waited out.
 * Returns how many samples were stored.
 */
export async function replayRecording(
  client: Client,
  recording: Recording,
  options: { readonly signal: AbortSignal; readonly onProgress?: (progress: ReplayProgress) => void },
): Promise<number> {
  const total = recording.frames.reduce((sum, frame) => sum + frame.samples.length, 0);
  await client.call(
    'putTopology',
    { body: { assets: [...recording.assets], edges: [...recording.edges] } },
    { signal: options.signal },
  );
  let sent = 0;
  let batch: WireSample[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    sent += await sendBatch(client, batch, options.signal);
    batch = [];
    options.onProgress?.({ sent, total });
  };
  for (const frame of recording.frames) {
    batch.push(...frame.samples);
    if (batch.length >= samplesPerRequest) await flush();
  }
  await flush();
  return sent;
}

async function sendBatch(client: Client, batch: readonly WireSample[], signal: AbortSignal): Promise<number> {
  const body = JSON.stringify(batch);
  for (;;) {
    try {
      const receipt = await client.call(
        'sendSignals',
        { body },
        { signal, headers: { 'content-type': 'application/json' } },
      );
      if (receipt.rejectedTotal > 0) {
        const first = receipt.rejected[0];
        throw new HeliosError(
          'unprocessable',
          `${receipt.rejectedTotal} recorded samples were rejected: ${first?.reason ?? ''}`,
        );
      }
      return receipt.accepted;
    } catch (error) {
      if (!(error instanceof HeliosError) || error.code !== 'rate-limited') throw error;
      await setTimeout((error.retryAfterS ?? 1) * 1000, undefined, { signal });
    }
  }
}
