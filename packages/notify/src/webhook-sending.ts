import type { Delivery } from '@heliosiq/ports';
import { retryAfterMsOf } from './retry-policy.ts';
import { sign, signatureHeader } from './signature.ts';
import type { WebhookTarget } from './webhook-target.ts';

/** How one attempt ended. */
export type Attempt =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'retry'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly outcome: 'failed'; readonly reason: string };

export interface SendingOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Aborts the attempt; the promise then rejects. */
  readonly signal: AbortSignal;
}

const answerBytesMax = 1_024;
const retryableStatuses: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Sends one message once. Redirects are not followed, the answer is read up to a kilobyte, and reasons name no URL,
 * because one may hold a secret. Rejects only when the signal aborts.
 */
export async function sendWebhook(
  target: WebhookTarget,
  delivery: Delivery,
  options: SendingOptions,
): Promise<Attempt> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await options.fetch(target.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([timeout, options.signal]),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'HeliosIQ',
        'x-heliosiq-delivery': delivery.id,
        [signatureHeader]: sign(delivery.body, target.secret, options.now()),
      },
      body: delivery.body,
    });
    if (response.ok) {
      await response.body?.cancel();
      return { outcome: 'delivered' };
    }
    return await readRefusal(response, options.now());
  } catch (error) {
    if (options.signal.aborted) throw error;
    if (timeout.aborted) return { outcome: 'retry', reason: `no answer within ${options.timeoutMs / 1000} s` };
    return { outcome: 'retry', reason: connectionReason(error) };
  }
}

async function readRefusal(response: Response, nowMs: number): Promise<Attempt> {
  const { status } = response;
  const words = await beginningOf(response);
  const reason = words === '' ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
  if (status < 500 && !retryableStatuses.has(status)) return { outcome: 'failed', reason };
  const retryAfterMs =
    status === 429 || status === 503 ? retryAfterMsOf(response.headers.get('retry-after'), nowMs) : undefined;
  return { outcome: 'retry', reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The first words of an answer on one line; the rest of the body is not read. */
async function beginningOf(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= answerBytesMax) break;
  }
  const text = Buffer.concat(chunks).subarray(0, answerBytesMax).toString('utf8');
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
}

/** The system's code for a failed connection, such as ECONNREFUSED; messages may name the URL. */
function connectionReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code =
    cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown reason';
  return `the connection failed (${code})`;
}
