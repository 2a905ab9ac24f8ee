import type { TenantId } from '@heliosiq/model';

/** What a request with an idempotency key was answered. */
export interface RememberedResponse {
  /** SHA-256 of the request's body: the same key with another body is a conflict. */
  readonly requestHash: string;
  readonly status: number;
  readonly body: string;
}

/** Remembers answers by idempotency key for a day (draft-ietf-httpapi-idempotency-key-header). */
export interface IdempotencyStore {
  get(tenantId: TenantId, key: string): Promise<RememberedResponse | undefined>;
  /** Keeps the first answer: a second write of the key changes nothing. */
  put(tenantId: TenantId, key: string, response: RememberedResponse, at: number): Promise<void>;
  /** Removes what is older than a day, seen from `now`. */
  expire(now: number): Promise<number>;
}
