import { AssetId, HeliosError, TenantId } from '@heliosiq/model';
import type { DiscreteSignal, SeriesRef } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { EventLog, NewRecord } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { PipelineRules } from '../pipeline/pipeline-rules.ts';
import { createPipeline } from '../pipeline/pipeline.ts';
import { newSeriesEntry } from './series-book.ts';
import type { SeriesEntry } from './series-book.ts';
import { addSample, createTelemetryBatch } from './telemetry-batch.ts';
import { createTelemetryIntake } from './telemetry-intake.ts';
import { unlimitedQuota } from './tenant-quota.ts';
import type { TenantQuota } from './tenant-quota.ts';

const tenantId = TenantId.parse('acme');

/** Registers as the port promises, and shows what was stored as `asset/metric{labels}@time=value`. */
function openIntake(options: { readonly rules?: unknown; readonly quota?: Partial<TenantQuota> } = {}) {
  const series: SeriesRef[] = [];
  const records: NewRecord[] = [];
  let isBroken = false;
  const log: Pick<EventLog, 'append'> = {
    append(_tenantId, _topic, appended) {
      if (isBroken) return Promise.reject(new HeliosError('unavailable', 'the log is away'));
      records.push(...appended);
      return Promise.resolve();
    },
  };
  const registry = {
    register(_tenantId: TenantId, asked: readonly SeriesRef[], { newMax = Number.POSITIVE_INFINITY } = {}) {
      let room = newMax;
      return Promise.resolve(
        asked.map((one) => {
          const known = series.findIndex(({ id }) => id === one.id);
          if (known !== -1) return known + 1;
          if (room-- <= 0) return 0;
          return series.push(one);
        }),
      );
    },
  };
  const rules = createPipeline({ rules: PipelineRules.parse(options.rules ?? []), redactsSecrets: false });
  // The cast holds because the intake does nothing to its log but append.
  const intake = createTelemetryIntake({
    log: log as EventLog,
    registry,
    quota: { ...unlimitedQuota, ...options.quota },
    rules,
  });
  const entries = new Map<string, SeriesEntry>();
  function entryOf(metric: string, asset = 'web'): SeriesEntry {
    const entry =
      entries.get(`${asset} ${metric}`) ??
      newSeriesEntry(tenantId, { asset: AssetId.parse(asset), metric, labels: { pod: 'p1' } });
    entries.set(`${asset} ${metric}`, entry);
    return entry;
  }
  return {
    entryOf,
    breakLog: (broken: boolean) => void (isBroken = broken),
    send(samples: readonly (readonly [metric: string, at: number, value: number])[], signals: DiscreteSignal[] = []) {
      const batch = createTelemetryBatch(tenantId, 100);
      for (const [metric, at, value] of samples) addSample(batch, entryOf(metric), at, value);
      batch.signals.push(...signals);
      return intake.store(batch);
    },
    records,
    samples: () =>
      records
        .filter(({ value }) => isSampleColumns(value))
        .flatMap(({ value }) => {
          const columns = decodeSampleColumns(value);
          if (!columns.ok) throw new Error(columns.reason);
          return [...columns.value.refs].map((ref, row) => {
            const { asset, metric, labels, unit } = series[ref - 1] ?? {
              asset: '?',
              metric: '?',
              labels: {},
              unit: '',
            };
            const words = Object.entries(labels).map(([name, text]) => `${name}=${text}`);
            return `${asset}/${metric}{${words.join(',')}}${unit ?? ''}@${columns.value.times[row]}=${columns.value.values[row]}`;
          });
        }),
  };
}

describe('a batch', () => {
  it('is stored whole and says so', async () => {
    const { send, samples } = openIntake();
    expect(
      await send([
        ['cpu', 1000, 1],
        ['mem', 1000, 2],
      ]),
    ).toEqual({ stored: 2, refusedSamples: 0, refusedSeries: 0 });
    expect(samples()).toEqual(['web/cpu{pod=p1}@1000=1', 'web/mem{pod=p1}@1000=2']);
  });

  it('of which new series are refused keeps the samples of known ones, and says how many are missing and why', async () => {
    let room = 1;
    const quota = { admitSeries: () => Promise.resolve(room), refuseSeries: () => 'too many series' };
    const { send, samples } = openIntake({ quota });
    await send([['cpu', 1000, 1]]);
    room = 0;
    expect(
      await send([
        ['cpu', 2000, 2],
        ['new', 2000, 3],
        ['new', 3000, 4],
      ]),
    ).toEqual({
      stored: 1,
      refusedSamples: 2,
      refusedSeries: 1,
      reason: 'too many series',
    });
    expect(samples()).toEqual(['web/cpu{pod=p1}@1000=1', 'web/cpu{pod=p1}@2000=2']);
  });

  it('that cannot be appended gives its share of the quota back', async () => {
    let taken = 0;
    const quota = {
      admit: (_: TenantId, { signals, bytes }: { signals: number; bytes: number }) => {
        taken += signals + bytes;
        return Promise.resolve();
      },
      giveBack: (_: TenantId, { signals, bytes }: { signals: number; bytes: number }) =>
        void (taken -= signals + bytes),
    };
    const { send, breakLog } = openIntake({ quota });
    breakLog(true);
    await expect(send([['cpu', 1000, 1]])).rejects.toMatchObject({ code: 'unavailable' });
    expect(taken).toBe(0);
    breakLog(false);
    await send([['cpu', 1000, 1]]);
    expect(taken).toBe(101);
  });
});

describe('rules on samples', () => {
  it('drop, rename, convert and derive, decided once a series', async () => {
    const rules = [
      { name: 'no-go', when: { metric: 'go_*' }, do: 'drop' },
      { name: 'no-pod', when: { kinds: ['sample'] }, do: { rename: { labels: { pod: null }, asset: 'shop/{asset}' } } },
      { name: 'kib', when: { metric: 'mem' }, do: { derive: { value: 'value / 1024', unit: 'KiBy' } } },
      {
        name: 'celsius',
        when: { metric: '/^(temp)_f$/' },
        do: { derive: { metric: '{metric.1}_c', value: '(value - 32) * 5 / 9' } },
      },
    ];
    const { send, samples } = openIntake({ rules });
    const all = [
      ['go_gc', 1000, 1],
      ['mem', 1000, 2048],
      ['temp_f', 1000, 212],
      ['cpu', 1000, 3],
    ] as const;
    expect(await send(all)).toMatchObject({ stored: 4, refusedSamples: 0 });
    await send(all.map(([metric, at, value]) => [metric, at + 1000, value] as const));
    expect(samples()).toEqual(
      [1000, 2000].flatMap((at) => [
        `shop/web/mem{}KiBy@${at}=2`,
        `shop/web/temp_f{}@${at}=212`,
        `shop/web/temp_c{}@${at}=100`,
        `shop/web/cpu{}@${at}=3`,
      ]),
    );
  });

  it('thin to one an interval, alike when a batch that failed comes again', async () => {
    const rules = [{ name: 'slow', when: { metric: 'cpu' }, do: { sample: { every: '10s' } } }];
    const { send, samples, breakLog } = openIntake({ rules });
    const batch = [
      ['cpu', 11_000, 1],
      ['cpu', 12_000, 2],
      ['cpu', 21_000, 3],
      ['cpu', 22_000, 4],
    ] as const;
    breakLog(true);
    await expect(send(batch)).rejects.toThrow('the log is away');
    breakLog(false);
    await send(batch);
    expect(samples()).toEqual(['web/cpu{pod=p1}@11000=1', 'web/cpu{pod=p1}@21000=3']);
    await send(batch);
    await send([
      ['cpu', 23_000, 5],
      ['cpu', 31_000, 6],
      ['cpu', 1000, 7],
      ['cpu', 2000, 8],
    ]);
    expect(samples().slice(2)).toEqual([
      'web/cpu{pod=p1}@11000=1',
      'web/cpu{pod=p1}@21000=3',
      'web/cpu{pod=p1}@31000=6',
      'web/cpu{pod=p1}@1000=7',
    ]);
  });

  it('thin to about one of ten, whatever the rhythm of the samples', async () => {
    const rules = [{ name: 'tenth', when: { metric: '*' }, do: { sample: { 'one-of': 10 } } }];
    for (const stepMs of [1, 1000, 15_000, 60_000]) {
      const { send, samples } = openIntake({ rules });
      await send(
        Array.from({ length: 10_000 }, (_, index) => ['cpu', 1_780_000_000_000 + index * stepMs, index] as const),
      );
      expect(samples().length).toBeGreaterThan(800);
      expect(samples().length).toBeLessThan(1200);
    }
  });
});
