import type { Incident, IncidentId, Principal } from '@heliosiq/model';

/** What people do with incidents. Each call rejects with `not-found`, or with `conflict` when the state forbids it. */
export interface IncidentDesk {
  acknowledge(principal: Principal, id: IncidentId): Promise<Incident>;
  resolve(principal: Principal, id: IncidentId, note?: string): Promise<Incident>;
  reopen(principal: Principal, id: IncidentId, note?: string): Promise<Incident>;
  comment(principal: Principal, id: IncidentId, text: string): Promise<Incident>;
}
