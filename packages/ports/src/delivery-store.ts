import type { TenantId } from '@heliosiq/model';

/** One message to one target, with its retry state. */
export interface Delivery {
  /** `<event>:<target>`: writing it again changes nothing. */
  readonly id: string;
  readonly tenantId: TenantId;
  readonly target: string;
  readonly incidentId: string;
  readonly body: string;
  readonly createdAt: number;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly status: 'waiting' | 'delivered' | 'failed';
  readonly lastError?: string;
}

/** Outgoing messages that survive a restart. */
export interface DeliveryStore {
  add(tenantId: TenantId, deliveries: readonly Delivery[]): Promise<void>;
  /**
   * Takes waiting deliveries of all tenants that are due, earliest first, and pushes their `nextAttemptAt` to
   * `leaseUntil`, so that another worker leaves them alone meanwhile. The one cross-tenant read: the worker serves all.
   */
  takeDue(now: number, options: { readonly limit: number; readonly leaseUntil: number }): Promise<readonly Delivery[]>;
  /** Stores the outcome of an attempt. */
  update(tenantId: TenantId, delivery: Delivery): Promise<void>;
  /** Newest first, at most `limit` (1 to 1,000). */
  list(tenantId: TenantId, options: { readonly limit: number }): Promise<readonly Delivery[]>;
}
