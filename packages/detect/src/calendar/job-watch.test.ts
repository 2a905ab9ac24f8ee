import { AssetId, type SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { expect, test } from 'vitest';
import { createTuningRules } from '../feedback/tuning-rules.ts';
import { judgeSamples } from '../judge-samples.ts';
import { createSeriesWatch } from '../series-watch.ts';
import { createNormal } from '../testing/random-series.ts';
import { workingWeeks } from '../testing/working-weeks.ts';
import { anomalyEventOfJob } from './anomaly-of-job.ts';
import { dayRange } from './day-range.ts';
import { jobDefaults } from './job-settings.ts';
import { createJobTable } from './job-table.ts';
import { type JobChange, createJobWatch } from './job-watch.ts';

const tenantId = TenantId.parse('acme');
const named = { asset: AssetId.parse('office'), metric: 'load', labels: {} };
const series: SeriesRef = { id: seriesIdOf(tenantId, named), ...named };
const startMs = Date.UTC(2026, 0, 5);
const dayMs = 86_400_000;
const fifthMonday = 28;
const sixHours = 6 * 3_600_000;

/** Shows all samples to a watch; after each `restartEvery` of them the watch goes on with only its bytes. */
function jobsOf(
  samples: { times: ArrayLike<number>; values: ArrayLike<number> },
  restartEvery = Infinity,
): JobChange[] {
  let table = createJobTable();
  let watch = createJobWatch(table, jobDefaults);
  const record = table.add(1);
  const changes: JobChange[] = [];
  for (let index = 0; index < samples.times.length; index += 1) {
    const at = samples.times[index] ?? 0;
    changes.push(...[watch.observe(record, at, samples.values[index] ?? 0)].flatMap((change) => change ?? []));
    changes.push(...watch.check(at));
    if (index % restartEvery !== restartEvery - 1) continue;
    const bytes = table.pack(0);
    table = createJobTable();
    // As a store hands bytes out: a view of a larger block, at any offset.
    table.append(Buffer.concat([Buffer.of(7), bytes]).subarray(1));
    watch = createJobWatch(table, jobDefaults);
  }
  return changes;
}

/** Everything that the model of the series says that begins from a day on, told or muted by a holiday. */
async function anomaliesFrom(samples: { times: Float64Array; values: Float64Array }, day: number, holiday?: string) {
  const stamp = { id: 'h', createdAt: 0, createdBy: 'key:1' } as const;
  const day0 =
    holiday === undefined
      ? []
      : [{ ...stamp, kind: 'holiday', title: 'Day off', date: holiday, ...dayRange(holiday, 'UTC') } as const];
  const rules = createTuningRules(day0);
  const watch = createSeriesWatch();
  const told: string[] = [];
  const options = { tenantId, threshold: 0.9994, breathe: () => undefined };
  for (let from = 0; from < samples.times.length; from += 288) {
    const part = {
      series,
      times: samples.times.subarray(from, from + 288),
      values: samples.values.subarray(from, from + 288),
    };
    for (const { kind, anomaly } of await judgeSamples(watch, part, options)) {
      const isMuted = rules.mutedBy(anomaly, watch.usualRange()) !== undefined;
      if (kind === 'anomaly-opened' && !isMuted && anomaly.startedAt >= startMs + day * dayMs)
        told.push(anomaly.explanation);
    }
  }
  const jobs = jobsOf(samples).map((change) => anomalyEventOfJob(tenantId, change, series));
  const opened = jobs.filter(({ kind, anomaly }) => kind === 'anomaly-opened' && rules.mutedBy(anomaly) === undefined);
  return [...told, ...opened.map(({ anomaly }) => anomaly.explanation)];
}

const seeds = [1, 2, 3, 4, 5];

test.each(seeds)('four weeks of work, seed %i: the fifth Monday is as expected, job and all', async (seed) => {
  expect(await anomaliesFrom(workingWeeks({ seed, weeks: 5, startMs }), fifthMonday)).toEqual([]);
});

test.each(seeds)('seed %i: a job that does not run on the fifth Monday is told once', async (seed) => {
  const told = await anomaliesFrom(workingWeeks({ seed, weeks: 5, startMs, withoutJob: [fifthMonday] }), fifthMonday);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^The rise of load of office to about 8\d(\.\d+)? at 06:00 UTC has not come \(it ran on the last 4 Mondays and 28 times in all\)/,
  );
});

test.each(seeds)(
  'seed %i: nothing is told on a holiday of the calendar, on which nobody works and no job runs',
  async (seed) => {
    const quiet = { holidays: [fifthMonday], withoutJob: [fifthMonday] };
    const samples = workingWeeks({ seed, weeks: 4, startMs });
    const whole = workingWeeks({ seed, weeks: 5, startMs, ...quiet });
    const day = (fifthMonday + 1) * 288;
    const until = { times: whole.times.subarray(0, day), values: whole.values.subarray(0, day) };
    expect(samples.times.length).toBeLessThan(day);
    expect(await anomaliesFrom(until, fifthMonday, '2026-02-02')).toEqual([]);
    // The same day without the calendar is news.
    expect(await anomaliesFrom(until, fifthMonday)).not.toEqual([]);
  },
);

test('a job that comes late ends what was told, and one that never comes is over the next day', () => {
  const missed = workingWeeks({ seed: 7, weeks: 5, startMs, withoutJob: [fifthMonday] });
  const late = missed.values.slice();
  const at = fifthMonday * 288 + (8 * 60) / 5;
  late.set([80, 80, 80], at);
  const [opened, closed] = jobsOf({ times: missed.times, values: late });
  expect(opened).toMatchObject({ kind: 'opened', dueAt: startMs + fifthMonday * dayMs + sixHours });
  expect(closed).toMatchObject({ kind: 'closed', isLate: true, endedAt: missed.times[at], dueAt: opened?.dueAt });
  expect(jobsOf(missed).map(({ kind, isLate }) => `${kind} ${isLate}`)).toEqual(['opened false', 'closed false']);
});

test('a sample that comes once a day is missed when it does not', () => {
  const days = Array.from({ length: 40 }, (_, day) => day).filter((day) => day !== 30);
  const times = days.map((day) => startMs + day * dayMs + sixHours);
  const table = createJobTable();
  const watch = createJobWatch(table, jobDefaults);
  const record = table.add(1);
  const changes: JobChange[] = [];
  for (let minute = 0; minute < 40 * 288; minute += 1) {
    const now = startMs + minute * 300_000;
    if (times.includes(now)) changes.push(...[watch.observe(record, now, 12)].flatMap((change) => change ?? []));
    changes.push(...watch.check(now));
  }
  expect(changes.map(({ kind }) => kind)).toEqual(['opened', 'closed']);
  expect(changes[0]).toMatchObject({ dueAt: startMs + 30 * dayMs + sixHours, isSparse: true });
});

test('noise and random spikes are no jobs', () => {
  const normal = createNormal(3);
  const times = Float64Array.from({ length: 60 * 288 }, (_, index) => startMs + index * 300_000);
  const values = times.map((_, index) => 10 + normal() + (index % 397 === 0 ? 40 : 0));
  expect(jobsOf({ times, values })).toEqual([]);
});

test('goes on from its bytes', () => {
  const samples = workingWeeks({ seed: 9, weeks: 5, startMs, withoutJob: [fifthMonday] });
  expect(jobsOf(samples, 50)).toEqual(jobsOf(samples));
});
