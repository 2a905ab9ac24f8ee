import type { TenantId } from '@heliosiq/model';
import type { IncidentSettings } from './incident-settings.ts';

/** Event time per tenant, as far as detection can be expected to have seen it. */
export interface EventClock {
  /** Takes note of the event time `at` of a signal that was read at wall time `now`. */
  observe(tenantId: TenantId, at: number, now: number): void;
  /** Event time that counts at wall time `now`; undefined before the first signal has settled. */
  read(tenantId: TenantId, now: number): number | undefined;
  tenants(): readonly TenantId[];
}

interface Reading {
  readonly wallAt: number;
  readonly eventAt: number;
}

const readingStepMs = 250;
const futureMsMax = 5 * 60_000;

/**
 * A clock that signals drive, so that replay and live behave alike. It runs `settleMs` of wall time behind the signals,
 * never backwards, and goes on by itself while event time is live. Times more than five minutes ahead of the wall clock
 * are a sender's error and do not count.
 */
export function createEventClock(settings: Pick<IncidentSettings, 'settleMs' | 'liveMs'>): EventClock {
  const pending = new Map<TenantId, Reading[]>();
  const settled = new Map<TenantId, Reading>();
  return {
    observe(tenantId, at, now) {
      if (at > now + futureMsMax) return;
      const readings = pending.get(tenantId) ?? [];
      pending.set(tenantId, readings);
      const last = readings.at(-1);
      const eventAt = Math.max(at, last?.eventAt ?? -Infinity);
      if (last !== undefined && now - last.wallAt < readingStepMs)
        readings[readings.length - 1] = { wallAt: last.wallAt, eventAt };
      else readings.push({ wallAt: now, eventAt });
    },
    read(tenantId, now) {
      const readings = pending.get(tenantId) ?? [];
      while (readings[0] !== undefined && readings[0].wallAt + readingStepMs + settings.settleMs <= now) {
        const reading = readings.shift();
        const before = settled.get(tenantId);
        if (reading !== undefined && (before === undefined || reading.eventAt >= before.eventAt))
          settled.set(tenantId, reading);
      }
      const reading = settled.get(tenantId);
      if (reading === undefined) return undefined;
      const isLive = Math.abs(reading.wallAt - reading.eventAt) <= settings.liveMs;
      return isLive ? reading.eventAt + Math.max(0, now - settings.settleMs - reading.wallAt) : reading.eventAt;
    },
    tenants: () => [...new Set([...pending.keys(), ...settled.keys()])],
  };
}
