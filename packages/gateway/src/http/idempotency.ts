import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { IdempotencyStore } from '@heliosiq/ports';

/** An answer that can be given again. */
export interface RepeatableAnswer {
  readonly status: number;
  readonly body: string;
}

export interface IdempotentRequest {
  readonly tenantId: TenantId;
  /** The operation: one key may be used once for each. */
  readonly operation: string;
  readonly key: string;
  readonly body: Uint8Array;
}

/** Runs requests that carry an idempotency key at most once per key. */
export interface Idempotency {
  /**
   * The remembered answer when the key is known, else that of `execute`, remembered. Twins in this process share one
   * execution. Rejects with `conflict` when the key was used with another body; a rejection of `execute` is not remembered.
   *
   * The log and the memory of answers are no one transaction. After a crash between the two a retry runs again, and
   * changes nothing: records have ids made from their content.
   */
  run(
    request: IdempotentRequest,
    execute: () => Promise<RepeatableAnswer>,
  ): Promise<RepeatableAnswer & { readonly isRepeat: boolean }>;
}

export function createIdempotency({
  store,
  now,
}: {
  readonly store: IdempotencyStore;
  readonly now: () => number;
}): Idempotency {
  const running = new Map<string, { readonly requestHash: string; readonly answer: Promise<RepeatableAnswer> }>();

  async function executeOnce(
    { tenantId, key }: { readonly tenantId: TenantId; readonly key: string },
    requestHash: string,
    execute: () => Promise<RepeatableAnswer>,
  ): Promise<RepeatableAnswer & { readonly isRepeat: boolean }> {
    const remembered = await store.get(tenantId, key);
    if (remembered !== undefined) {
      if (remembered.requestHash !== requestHash) throw otherBody();
      return { status: remembered.status, body: remembered.body, isRepeat: true };
    }
    const { status, body } = await execute();
    await store.put(tenantId, key, { requestHash, status, body }, now());
    return { status, body, isRepeat: false };
  }

  return {
    async run({ tenantId, operation, key, body }, execute) {
      if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
        throw new HeliosError('invalid-request', 'The idempotency key is not usable', {
          field: 'idempotency-key',
          cure: 'Use 1 to 200 visible ASCII characters, e.g. a UUID',
        });
      }
      const storedKey = `${operation} ${key}`;
      const runningKey = `${tenantId} ${storedKey}`;
      const requestHash = sha256Hex(body);
      const twin = running.get(runningKey);
      if (twin !== undefined) {
        if (twin.requestHash !== requestHash) throw otherBody();
        return { ...(await twin.answer), isRepeat: true };
      }
      const answer = executeOnce({ tenantId, key: storedKey }, requestHash, execute);
      running.set(runningKey, { requestHash, answer });
      try {
        return await answer;
      } finally {
        running.delete(runningKey);
      }
    },
  };
}

function otherBody(): HeliosError {
  return new HeliosError('conflict', 'The idempotency key was used with another body', {
    field: 'idempotency-key',
    cure: 'Use a new key for a new request',
  });
}
