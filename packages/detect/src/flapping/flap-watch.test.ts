import { Anomaly, type AnomalyEvent, AssetId, TenantId } from '@heliosiq/model';
import { anomalyIdOf, seriesIdOf } from '@heliosiq/model/content-id.ts';
import { expect, test } from 'vitest';
import { flapDefaults } from './flap-settings.ts';
import { createFlapWatch } from './flap-watch.ts';

const tenantId = TenantId.parse('acme');
const named = { asset: AssetId.parse('pump-3'), metric: 'flow', labels: {} };
const series = { id: seriesIdOf(tenantId, named), ...named };
const minuteMs = 60_000;
const startMs = Date.UTC(2026, 0, 5);

/** An anomaly of ten minutes that begins at a minute, as it is told. */
function anomalyAt(minute: number, score = 0.9999): readonly [AnomalyEvent, AnomalyEvent] {
  const startedAt = startMs + minute * minuteMs;
  const opened = Anomaly.parse({
    ...{ id: anomalyIdOf(series.id, 'series-model', startedAt), tenantId, revision: 1, status: 'open', series },
    ...{ detector: 'series-model', startedAt, peakAt: startedAt, lastSeenAt: startedAt, score, threshold: 0.9994 },
    ...{ value: 9, expected: 1, lower: 0, upper: 2, deviation: 8, direction: 'up' },
    baseline: { kind: 'level', from: startMs, to: startedAt, samples: 100 },
    explanation: `flow of pump-3 is 9, 9 times its usual 1, at minute ${minute}.`,
  });
  const endedAt = startedAt + 10 * minuteMs;
  return [
    { kind: 'anomaly-opened', anomaly: opened },
    { kind: 'anomaly-closed', anomaly: { ...opened, revision: 2, status: 'closed', endedAt } },
  ];
}

/** What is told in the end of anomalies at these minutes and until the last minute, sample by sample or in blocks. */
function toldOf(minutes: readonly number[], options: { until: number; blockMinutes?: number; restarts?: boolean }) {
  const { until, blockMinutes = 1, restarts = false } = options;
  let watch = createFlapWatch(flapDefaults);
  const events = minutes.flatMap((minute) => anomalyAt(minute));
  const timeOf = ({ anomaly }: AnomalyEvent): number => anomaly.endedAt ?? anomaly.startedAt;
  const told: AnomalyEvent[] = [];
  for (let minute = 0; minute < until; minute += blockMinutes) {
    const from = startMs + minute * minuteMs;
    const to = from + blockMinutes * minuteMs;
    const own = events.filter((event) => timeOf(event) >= from && timeOf(event) < to);
    const view = watch.observe(series.id, own, to - minuteMs);
    told.push(...own.filter((event) => !view.silenced.has(event)), ...view.told);
    if (restarts) {
      const bytes = watch.pack();
      watch = createFlapWatch(flapDefaults);
      watch.restore(bytes);
    }
  }
  return told;
}

const words = (told: readonly AnomalyEvent[]): readonly string[] =>
  told.map(({ kind, anomaly }) => `${anomaly.detector} ${kind}`);

const often = [0, 30, 60, 90, 120, 150, 180];

test('what opens and closes over and over becomes one anomaly, which ends when it is stable', () => {
  const told = toldOf(often, { until: 600 });
  expect(words(told)).toEqual([
    ...Array.from({ length: 3 }, () => ['series-model anomaly-opened', 'series-model anomaly-closed']).flat(),
    'flapping anomaly-opened',
    'flapping anomaly-closed',
  ]);
  const [opened, closed] = told.slice(-2).map(({ anomaly }) => anomaly);
  expect(opened).toMatchObject({ status: 'open', revision: 1, startedAt: startMs + 90 * minuteMs });
  expect(opened?.endedAt).toBeUndefined();
  expect(opened?.explanation).toMatch(
    /^Flapping: unusual 4 times in 1 hour 30 minutes, and calm in between\. At its str/,
  );
  expect(closed).toMatchObject({
    ...{ id: opened?.id, status: 'closed', revision: 2, startedAt: opened?.startedAt },
    endedAt: startMs + 190 * minuteMs,
  });
  expect(closed?.explanation).toContain('unusual 7 times');
  for (const { anomaly } of told) expect(Anomaly.safeParse(anomaly).success).toBe(true);
});

test('anomalies that are hours apart are told one by one', () => {
  const told = toldOf([0, 150, 300, 450, 600], { until: 900 });
  expect(words(told).filter((word) => word.startsWith('flapping'))).toEqual([]);
  expect(told).toHaveLength(10);
});

test('how samples are cut into blocks changes nothing of what is told of a flapping', () => {
  const minutes = [...often, 400, 430, 460, 490, 520];
  const flapping = (blockMinutes: number) =>
    toldOf(minutes, { until: 1000, blockMinutes })
      .filter(({ anomaly }) => anomaly.detector === 'flapping')
      .map(({ kind, anomaly: { id, startedAt, endedAt, revision } }) => ({ kind, id, startedAt, endedAt, revision }));
  expect(flapping(1)).toHaveLength(4);
  expect(flapping(500)).toEqual(flapping(1));
});

test('goes on from its bytes', () => {
  expect(toldOf(often, { until: 600, restarts: true })).toEqual(toldOf(often, { until: 600 }));
});

test('the strongest of them is the one that is quoted', () => {
  const watch = createFlapWatch({ ...flapDefaults, opens: 2, stableMs: 5 * minuteMs });
  const events = [...anomalyAt(0), ...anomalyAt(30), ...anomalyAt(31, 0.999_999)];
  const { told } = watch.observe(series.id, events, startMs + 100 * minuteMs);
  expect(told.at(-1)?.anomaly).toMatchObject({ status: 'closed', score: 0.999_999 });
  expect(told.at(-1)?.anomaly.explanation).toContain('at minute 31');
});

test('series that are remembered are bounded', () => {
  const watch = createFlapWatch({ ...flapDefaults, seriesMax: 10 });
  for (let one = 0; one < 100; one += 1) {
    const id = seriesIdOf(tenantId, { ...named, metric: `flow-${one}` });
    watch.observe(id, anomalyAt(one), startMs + one * minuteMs);
  }
  expect(watch.size()).toBe(10);
});
