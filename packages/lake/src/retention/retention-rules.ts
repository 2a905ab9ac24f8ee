import type { TenantId } from '@heliosiq/model';
import type { RetentionKind, RetentionRule } from '@heliosiq/ports';

/** Days by kind; what is absent is kept as the defaults say, 0 is kept for ever. */
export type RetentionDays = Partial<Readonly<Record<RetentionKind, number>>>;

export interface RetentionSettings {
  readonly keep: RetentionDays;
  /** What some tenants have instead. */
  readonly tenants: Readonly<Record<string, RetentionDays>>;
}

/**
 * Hot: samples and signals as they came. Warm: minutes. Cold: hours and days, and the compressed record of what came in. What
 * ingest takes by default (400 days back) is not forgotten before it is as old; log lines and bronze cost the most.
 */
export const retentionDefaults = {
  bronze: 30,
  sample: 400,
  'rollup-minute': 400,
  'rollup-hour': 1100,
  'rollup-day': 3660,
  event: 400,
  log: 90,
  change: 400,
  alert: 400,
  anomaly: 400,
  incident: 1100,
} as const satisfies Record<RetentionKind, number>;

/** All kinds, in the order in which they are shown. */
export const retentionKinds = Object.keys(retentionDefaults) as readonly RetentionKind[]; // the keys of a const object

/** Days for which samples are kept at least: rollups are made of a day when it is over. */
export const sampleDaysMin = 3;

/** Rules of a tenant: its own, else those for all, else the defaults. */
export function rulesFor(tenantId: TenantId, { keep, tenants }: RetentionSettings): readonly RetentionRule[] {
  const own = tenants[tenantId] ?? {};
  return retentionKinds.map((kind) => ({ kind, days: own[kind] ?? keep[kind] ?? retentionDefaults[kind] }));
}

const dayMs = 86_400_000;

/**
 * The moment before which something that is kept for a number of days may go: the beginning of a day (UTC), so that all of
 * a day go together and a run at any hour of a day decides the same. Undefined when it is kept for ever.
 */
export function cutOffOf({ days }: RetentionRule, now: number): number | undefined {
  return days === 0 ? undefined : Math.floor(now / dayMs) * dayMs - days * dayMs;
}
