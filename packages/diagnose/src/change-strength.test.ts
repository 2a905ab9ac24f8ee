import { expect, test } from 'vitest';
import { measureChange } from './change-strength.ts';
import { casefileOf, FAULT_FROM_MS, seriesOf, type SeriesSpec } from './testing/casefile-fixture.ts';

const { window } = casefileOf({ series: [] });
const spec: SeriesSpec = { asset: 'a', metric: 'latency', statistic: 'Average', level: 0.1 };

function changeOf(overrides: Partial<SeriesSpec>, requests = Number.NaN) {
  return measureChange(seriesOf({ ...spec, ...overrides }), window, requests);
}

test('a quiet series shows no severe change', () => {
  expect(changeOf({}).severity).toBeLessThan(2.5);
});

test('a change in the bad direction is severe, with its numbers and its onset', () => {
  const change = changeOf({ faultLevel: 0.2, onsetMinute: 5 });
  expect(change.severity).toBeGreaterThan(8);
  expect(change.before).toBeCloseTo(0.1, 2);
  expect(change.after).toBeCloseTo(0.2, 2);
  expect(change.onsetMs).toBe(FAULT_FROM_MS + 5 * 60_000);
});

test('a change in the harmless direction is not severe but is told as it was', () => {
  const change = changeOf({ faultLevel: 0.03 });
  expect(change.severity).toBeLessThan(2);
  expect(change.deviation).toBeLessThan(-8);
});

test('a baseline from another season at another level does not make an unchanged series look changed', () => {
  const old = seriesOf({ ...spec, baselineShiftMs: -90 * 86_400_000 });
  const now = seriesOf({ ...spec, statistic: 'now', level: 0.2, baselineMinutes: 15 });
  const join = (a: Float64Array, b: Float64Array) => Float64Array.from([...a, ...b]);
  const series = {
    ...old,
    fault: now.fault,
    baseline: {
      timesMs: join(old.baseline.timesMs, now.baseline.timesMs),
      values: join(old.baseline.values, now.baseline.values),
    },
  };
  expect(measureChange(series, window, Number.NaN).severity).toBeLessThan(3);
  expect(measureChange({ ...old, fault: now.fault }, window, Number.NaN).severity).toBeGreaterThan(8);
});

test('a restless series needs a larger change than a calm one', () => {
  const calm = changeOf({ faultLevel: 0.15 });
  const restless = changeOf({ faultLevel: 0.15, noise: 0.4 });
  expect(restless.severity).toBeLessThan(calm.severity / 2);
});

test('a series that fell silent and one that was never seen before are told apart', () => {
  expect(changeOf({ silentDuringFault: true })).toMatchObject({ vanished: true, appeared: false, severity: 0 });
  expect(changeOf({ baselineMinutes: 0 })).toMatchObject({ vanished: false, appeared: true, severity: 0 });
});

test('a single failed request of few is no change, many are', () => {
  const availability: Partial<SeriesSpec> = { metric: 'availability', level: 100, noise: 0 };
  expect(changeOf({ ...availability, faultLevel: 90 }, 10).severity).toBeLessThan(3);
  expect(changeOf({ ...availability, faultLevel: 90 }, 1000).severity).toBeGreaterThan(20);
});

test('samples that are not numbers are left out', () => {
  const series = seriesOf({ ...spec, faultLevel: 0.2 });
  series.fault.values[4] = Number.NaN;
  series.baseline.values[4] = Number.POSITIVE_INFINITY;
  const change = measureChange(series, window, Number.NaN);
  expect(Number.isFinite(change.severity)).toBe(true);
  expect(change.severity).toBeGreaterThan(8);
});

test('a constant series that leaves its constant is severe, however small its unit', () => {
  expect(changeOf({ metric: 'queue_bytes_bad_name', level: 0, noise: 0, faultLevel: 3 }).severity).toBeGreaterThan(5);
});

test('a fault that is noticed a minute late still stands out', () => {
  const secondMs = 1000;
  const noticedMs = FAULT_FROM_MS;
  const timesMs = Float64Array.from({ length: 600 }, (_, index) => noticedMs + (index - 360) * secondMs);
  const valuesFrom = (onsetMs: number): Float64Array =>
    timesMs.map((atMs, index) => (atMs >= onsetMs ? 90 : 1) + 0.1 * Math.sin(index));
  const severityFrom = (onsetMs: number): number => {
    const values = valuesFrom(onsetMs);
    return measureChange(
      {
        asset: 'a',
        metric: 'cpu',
        baseline: { timesMs: timesMs.subarray(0, 360), values: values.subarray(0, 360) },
        fault: { timesMs: timesMs.subarray(360), values: values.subarray(360) },
      },
      { baselineFromMs: 0, faultFromMs: noticedMs, faultToMs: noticedMs + 240 * secondMs },
      Number.NaN,
    ).severity;
  };
  expect(severityFrom(noticedMs - 60 * secondMs)).toBeGreaterThan(0.8 * severityFrom(noticedMs));
});
