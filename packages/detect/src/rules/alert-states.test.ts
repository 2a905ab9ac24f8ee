import { describe, expect, it } from 'vitest';
import { type ActiveAlert, nextAlerts } from './alert-states.ts';
import type { AlertRule } from './rule-group.ts';

const minute = 60_000;
const rule: AlertRule = {
  kind: 'alert',
  name: 'DiskFull',
  query: 'x',
  forMs: 5 * minute,
  keepFiringForMs: 0,
  labels: { severity: 'critical', note: '{{ $labels.none }}' },
  annotations: { summary: '{{ $labels.host }} has {{ $value | humanizePercentage }}' },
};

/** Evaluates once a minute; each step has the values of hosts. */
function run(used: AlertRule, steps: readonly Readonly<Record<string, number>>[]) {
  let active: readonly ActiveAlert[] = [];
  return steps.map((values, index) => {
    const results = Object.entries(values).map(([host, value]) => ({ metric: { __name__: 'x', host }, value }));
    const step = nextAlerts(used, active, { results, now: index * minute });
    if (step === undefined) throw new Error('two results are one alert');
    active = step.active;
    return step;
  });
}

describe('the alerts of a rule', () => {
  it('fire when their result was there for the whole time, and are over with it', () => {
    const steps = run(rule, [...Array.from({ length: 7 }, () => ({ a: 0.5 })), {}, {}]);
    expect(steps.map(({ active }) => active[0]?.firedAt)).toEqual([
      ...Array.from({ length: 5 }, () => undefined),
      5 * minute,
      5 * minute,
      undefined,
      undefined,
    ]);
    expect(steps.map(({ ended }) => ended.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(steps[6]?.active[0]).toEqual({
      labels: { alertname: 'DiskFull', host: 'a', severity: 'critical' },
      annotations: { summary: 'a has 50%' },
      value: 0.5,
      activeAt: 0,
      firedAt: 5 * minute,
    });
  });

  it('begin to wait anew after a gap', () => {
    const steps = run(rule, [{ a: 1 }, { a: 1 }, { a: 1 }, {}, { a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }]);
    expect(steps.at(-1)?.active[0]).toMatchObject({ activeAt: 4 * minute });
    expect(steps.every(({ active }) => active.every(({ firedAt }) => firedAt === undefined))).toBe(true);
    expect(steps.every(({ ended }) => ended.length === 0)).toBe(true);
  });

  it('go on firing for as long as the rule says after their result has gone', () => {
    const kept = { ...rule, forMs: 0, keepFiringForMs: 2 * minute };
    const steps = run(kept, [{ a: 1 }, {}, {}, {}, {}]);
    expect(steps.map(({ active }) => active.length)).toEqual([1, 1, 1, 0, 0]);
    expect(steps.map(({ ended }) => ended.length)).toEqual([0, 0, 0, 1, 0]);
    const back = run(kept, [{ a: 1 }, {}, { a: 1 }, {}, {}, {}]);
    expect(back.map(({ active }) => active.length)).toEqual([1, 1, 1, 1, 1, 0]);
  });

  it('are told apart by their labels, and two results of one alert are a fault of the rule', () => {
    const steps = run({ ...rule, forMs: 0 }, [{ a: 1 }, { a: 1, b: 1 }, { b: 1 }]);
    expect(steps.map(({ active, ended }) => [active.length, ended.length])).toEqual([
      [1, 0],
      [2, 0],
      [1, 1],
    ]);
    const same = { ...rule, labels: { host: 'all' } };
    const results = ['a', 'b'].map((host) => ({ metric: { host }, value: 1 }));
    expect(nextAlerts(same, [], { results, now: 0 })).toBeUndefined();
  });
});
