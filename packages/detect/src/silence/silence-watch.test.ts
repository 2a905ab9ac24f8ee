import { AssetId, type SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { expect, test } from 'vitest';
import { createRandom } from '../testing/random-series.ts';
import { silenceDefaults } from './silence-settings.ts';
import { createSilenceTable, slotsPerChunk } from './silence-table.ts';
import type { SilenceChange } from './silence-change.ts';
import { createSilenceWatch } from './silence-watch.ts';
import { WATCH_NUMBERS } from './watch-numbers.ts';

const tenantId = TenantId.parse('acme');
const minuteMs = 60_000;
const startMs = Date.UTC(2026, 0, 5);

function seriesOf(asset: string, metric: string): SeriesRef {
  const named = { asset: AssetId.parse(asset), metric, labels: {} };
  return { id: seriesIdOf(tenantId, named), ...named };
}

/** A fleet that sends a record a moment; who is left out of one is what `isSilent` says. */
function createFleet(names: readonly string[], metrics: readonly string[], settings = silenceDefaults) {
  const series = names.flatMap((name) => metrics.map((metric) => seriesOf(name, metric)));
  let table = createSilenceTable();
  let numbers = new Float64Array(WATCH_NUMBERS);
  let watch = createSilenceWatch(table, numbers, settings);
  const told: { readonly change: SilenceChange; readonly asset: string }[] = [];
  const tell = (changes: readonly SilenceChange[]): void => {
    for (const change of changes) told.push({ change, asset: series[(change.refs[0] ?? 0) - 1]?.asset ?? '' });
  };
  return {
    told,
    send(at: number, isSilent: (one: SeriesRef) => boolean = () => false) {
      for (const [index, one] of series.entries())
        if (!isSilent(one)) tell(watch.arrived(index + 1, [at], { series: one, seenAt: at }));
      tell(watch.settled());
    },
    /** Goes on with a watch that has only the bytes of this one. */
    restart() {
      const chunks = Math.ceil(table.size() / slotsPerChunk);
      const stored = Array.from({ length: chunks }, (_, chunk) => table.pack(chunk));
      table = createSilenceTable();
      // As a store hands bytes out: a view of a larger block, at any offset.
      for (const bytes of stored) table.append(Buffer.concat([Buffer.of(7), bytes]).subarray(1));
      numbers = numbers.slice();
      watch = createSilenceWatch(table, numbers, settings);
    },
  };
}

const names = Array.from({ length: 12 }, (_, index) => `pump ${String.fromCharCode(97 + index)}`);
const told = (fleet: ReturnType<typeof createFleet>): readonly string[] =>
  fleet.told.map(
    ({ change: { kind, scope, assets }, asset }) => `${kind} ${scope} ${scope === 'group' ? assets : asset}`,
  );

test('an asset that stops is told once after the intervals that it has learnt, and its return ends it', () => {
  const fleet = createFleet(names, ['flow', 'heat']);
  for (let minute = 0; minute < 400; minute += 1) {
    fleet.send(startMs + minute * minuteMs, ({ asset }) => asset === 'pump c' && minute >= 200 && minute < 300);
  }
  expect(told(fleet)).toEqual(['opened asset pump c', 'closed asset pump c']);
  const [opened, closed] = fleet.told.map(({ change }) => change);
  expect(opened).toMatchObject({ startedAt: startMs + 199 * minuteMs, usualMs: minuteMs, limitMs: 5 * minuteMs });
  expect((opened?.toldAt ?? 0) - (opened?.startedAt ?? 0)).toBeLessThanOrEqual(8 * minuteMs);
  expect(closed).toMatchObject({ endedAt: startMs + 300 * minuteMs, startedAt: opened?.startedAt, refs: opened?.refs });
});

test('one sensor that stops is told as that sensor, not as the device', () => {
  const fleet = createFleet(names, ['flow', 'heat']);
  for (let minute = 0; minute < 260; minute += 1) {
    fleet.send(
      startMs + minute * minuteMs,
      ({ asset, metric }) => asset === 'pump c' && metric === 'heat' && minute >= 200,
    );
  }
  expect(told(fleet)).toEqual(['opened series pump c']);
  expect(fleet.told[0]?.change.refs).toEqual([6]);
});

test('nothing is told when all stop, nor when they go on hours later', () => {
  const fleet = createFleet(names, ['flow']);
  for (let minute = 0; minute < 200; minute += 1) fleet.send(startMs + minute * minuteMs);
  for (let minute = 500; minute < 700; minute += 1) fleet.send(startMs + minute * minuteMs);
  expect(told(fleet)).toEqual([]);
});

test('many that stop together are one outage, which ends when half of them are back', () => {
  const fleet = createFleet(names, ['flow']);
  const lost = new Set(names.slice(0, 6));
  for (let minute = 0; minute < 300; minute += 1) {
    fleet.send(startMs + minute * minuteMs, ({ asset }) => lost.has(asset) && minute >= 200 && minute < 250);
  }
  expect(told(fleet)).toEqual(['opened group 6', 'closed group 6']);
});

test('the clock of one device that is months ahead silences nobody', () => {
  const fleet = createFleet(names, ['flow']);
  const ahead = createFleet(names, ['flow']);
  for (let minute = 0; minute < 200; minute += 1) {
    fleet.send(startMs + minute * minuteMs);
    ahead.send(startMs + minute * minuteMs, ({ asset }) => asset === 'pump a');
    ahead.send(startMs + (minute + 500_000) * minuteMs, ({ asset }) => asset !== 'pump a');
  }
  expect(told(ahead)).toEqual([]);
});

test('irregular senders, and those that send an hour at once, are not silent', () => {
  const fleet = createFleet(names, ['flow']);
  const random = createRandom(11);
  for (let minute = 0; minute < 20_000; minute += 1) {
    fleet.send(startMs + minute * minuteMs, ({ asset }) => {
      if (asset === 'pump a') return random() > 0.1;
      return asset === 'pump b' && minute % 60 !== 0;
    });
  }
  expect(fleet.told.length).toBeLessThanOrEqual(2);
});

test('a pod that another took the place of is not missed', () => {
  const pods = ['cart-7d9f5b6c4-x2x8p', 'cart-7d9f5b6c4-k4k9q', 'db-1', 'web-0', 'api-3'];
  const fleet = createFleet(pods, ['cpu']);
  for (let minute = 0; minute < 300; minute += 1) {
    fleet.send(startMs + minute * minuteMs, ({ asset }) => {
      if (asset === pods[0]) return minute >= 200;
      return asset === pods[1] && minute < 200;
    });
  }
  expect(told(fleet)).toEqual([]);
});

test('goes on from its bytes, also in the middle of a silence', () => {
  const run = (restarts: boolean) => {
    const fleet = createFleet(names, ['flow', 'heat']);
    for (let minute = 0; minute < 400; minute += 1) {
      fleet.send(startMs + minute * minuteMs, ({ asset }) => asset === 'pump c' && minute >= 200 && minute < 300);
      if (restarts && minute % 7 === 0) fleet.restart();
    }
    return fleet.told;
  };
  expect(run(true)).toEqual(run(false));
});

test('series beyond the limit are turned away, and memory stays bounded', () => {
  const table = createSilenceTable();
  const watch = createSilenceWatch(table, new Float64Array(WATCH_NUMBERS), { ...silenceDefaults, seriesMax: 100 });
  for (let index = 0; index < 1000; index += 1)
    watch.arrived(index + 1, [startMs], { series: seriesOf(`asset ${index}`, 'flow'), seenAt: startMs });
  expect(table.size()).toBe(100);
  expect(watch.unwatched()).toBe(900);
});
