import { expect, it } from 'vitest';
import type { AlertState } from './incident-case.ts';
import { createMemberAlerts } from './member-alerts.ts';

it('what is kept of all alerts is what a look at each of them finds, whatever becomes of them', () => {
  const alerts = createMemberAlerts();
  const states = new Map<string, AlertState>();
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  let changedAt = -Infinity;
  let seenAt = -Infinity;
  for (let step = 0; step < 5_000; step += 1) {
    const at = random(1_000);
    const state = {
      firing: random(2) === 0,
      lastAt: at,
      firedAt: at,
      seenAt: at + random(50),
      firstAt: at,
      occurrences: 1,
    };
    const fingerprint = `alert-${random(40)}`;
    alerts.set(fingerprint, state);
    states.set(fingerprint, state);
    changedAt = Math.max(changedAt, state.lastAt);
    seenAt = Math.max(seenAt, state.seenAt);
    const firing = [...states].filter(([, one]) => one.firing);
    expect(alerts.firingSeenAt).toBe(Math.max(-Infinity, ...firing.map(([, one]) => one.seenAt)));
    expect([alerts.size, alerts.firing]).toEqual([states.size, firing.length]);
    expect([alerts.changedAt, alerts.seenAt]).toEqual([changedAt, seenAt]);
  }
  expect(new Map(alerts.entries())).toEqual(states);
});
