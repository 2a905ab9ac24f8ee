import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import type { AssetId, SampleBlock, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { describe, expect, it } from 'vitest';
import { createInstantQuery } from './instant-query.ts';

const tenantId = 'acme' as TenantId; // a valid slug
const now = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;

interface Written {
  readonly asset?: string;
  readonly metric?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds before now, and values. */
  readonly samples: readonly (readonly [agoS: number, value: number])[];
}

function blockOf({ asset = 'web', metric = 'up', labels = {}, samples }: Written): SampleBlock {
  const named = { asset: asset as AssetId, metric, labels }; // a non-empty name
  return {
    series: { id: seriesIdOf(tenantId, named), ...named },
    times: samples.map(([agoS]) => now - agoS * 1000),
    values: Float64Array.from(samples, ([, value]) => value),
  };
}

async function asking(...written: readonly Written[]) {
  const series = createMemorySeriesStore();
  await series.append(
    tenantId,
    written.map((one) => blockOf(one)),
  );
  const { query } = createInstantQuery({ series });
  return (text: string, time = now) => query(tenantId, { query: text, time });
}

describe('a selector', () => {
  it('gives the last sample of the past five minutes', async () => {
    const ask = await asking(
      {
        labels: { a: 'fresh' },
        samples: [
          [299, 1],
          [0, 2],
        ],
      },
      { labels: { a: 'old' }, samples: [[300, 1]] },
      {
        labels: { a: 'future' },
        samples: [
          [299, 3],
          [-1, 4],
        ],
      },
    );
    const { resultType, result } = await ask('up');
    expect(resultType).toBe('vector');
    expect(result).toEqual([
      { metric: { __name__: 'up', a: 'fresh', asset: 'web' }, value: [now / 1000, '2'] },
      { metric: { __name__: 'up', a: 'future', asset: 'web' }, value: [now / 1000, '3'] },
    ]);
    expect((await ask('up offset 5m')).result).toMatchObject([{ metric: { a: 'old' } }]);
    expect((await ask('up', now + minuteMs)).result).toMatchObject([
      { value: [now / 1000 + 60, '2'] },
      { value: [now / 1000 + 60, '4'] },
    ]);
  });

  it('matches by all four operators, an absent label being empty', async () => {
    const ask = await asking(
      { labels: { env: 'prod', zone: 'a' }, samples: [[0, 1]] },
      { labels: { env: 'test' }, samples: [[0, 2]] },
      { metric: 'down', labels: { env: 'prod' }, samples: [[0, 3]] },
    );
    const values = async (query: string) =>
      ((await ask(query)).result as readonly { readonly value: readonly unknown[] }[])
        .map(({ value }) => String(value[1]))
        .toSorted((a, b) => a.localeCompare(b)); // a vector
    expect(await values('{env="prod"}')).toEqual(['1', '3']);
    expect(await values('up{env!="prod"}')).toEqual(['2']);
    expect(await values('up{zone=""}')).toEqual(['2']);
    expect(await values('up{zone!=""}')).toEqual(['1']);
    expect(await values('{__name__=~"up|down",env=~"pr.*"}')).toEqual(['1', '3']);
    expect(await values('up{env=~"pro"}')).toEqual([]);
    expect(await values('{env!~"te.t",env!=""}')).toEqual(['1', '3']);
    expect(await values('up{asset="web"}')).toEqual(['1', '2']);
    expect(await values('up{constructor!=""}')).toEqual([]);
    for (const query of ['{}', '{a=""}', '{a=~".*"}', '{a!="x"}']) {
      await expect(ask(query)).rejects.toMatchObject({ code: 'invalid-request', field: 'query' });
    }
  });

  it('gives a series the labels that it was written with, and its asset where they do not name it', async () => {
    const cases = [
      [
        { asset: 'h:9100', labels: { instance: 'h:9100', job: 'node' } },
        { instance: 'h:9100', job: 'node' },
      ],
      [
        { asset: 'shop/web-1', labels: { namespace: 'shop', pod: 'web-1' } },
        { namespace: 'shop', pod: 'web-1' },
      ],
      [{ asset: 'unnamed', labels: { x: 'y' } }, { x: 'y' }],
      [{ asset: 'unnamed', labels: {} }, { asset: 'unnamed' }],
      [
        { asset: 'pump', labels: { zone: 'north' } },
        { zone: 'north', asset: 'pump' },
      ],
      [{ asset: 'pump', labels: { asset: 'mine' } }, { asset: 'mine' }],
    ] as const;
    for (const [written, labels] of cases) {
      const ask = await asking({ ...written, samples: [[0, 1]] });
      expect((await ask('up')).result).toMatchObject([{ metric: { __name__: 'up', ...labels } }]);
      expect((await ask('count_over_time(up[1m])')).result).toEqual([{ metric: labels, value: [now / 1000, '1'] }]);
    }
  });
});

describe('a range', () => {
  it('gives the samples behind its start up to its end', async () => {
    const ask = await asking({
      samples: [
        [61, 0],
        [60, 1],
        [59.999, 2.5],
        [1, Infinity],
        [0, -Infinity],
        [-1, 9],
      ],
    });
    expect(await ask('up[1m]')).toEqual({
      resultType: 'matrix',
      result: [
        {
          metric: { __name__: 'up', asset: 'web' },
          values: [
            [now / 1000 - 59.999, '2.5'],
            [now / 1000 - 1, '+Inf'],
            [now / 1000, '-Inf'],
          ],
        },
      ],
    });
    expect(await ask('up[1s] offset 1h')).toEqual({ resultType: 'matrix', result: [] });
  });

  it('is what functions over time work on', async () => {
    const ask = await asking({
      samples: [
        [50, 3],
        [40, 1e16],
        [30, 1],
        [20, -1e16],
        [10, Number.NaN],
        [5, 2],
      ],
    });
    const valueOf = async (query: string) =>
      ((await ask(query)).result as readonly { readonly value: readonly unknown[] }[])[0]?.value[1]; // a vector
    expect(await valueOf('count_over_time(up[1m])')).toBe('6');
    expect(await valueOf('sum_over_time(up[30s] offset 15s)')).toBe('1');
    expect(await valueOf('sum_over_time(up[45s] offset 15s)')).toBe('4');
    expect(await valueOf('min_over_time(up[1m])')).toBe('-10000000000000000');
    expect(await valueOf('max_over_time(up[12s])')).toBe('2');
    expect(await valueOf('avg_over_time(up[1m])')).toBe('NaN');
    expect(await valueOf('avg_over_time(up[45s] offset 15s)')).toBe('1');
    expect((await ask('last_over_time(up[1m])')).result).toEqual([
      { metric: { __name__: 'up', asset: 'web' }, value: [now / 1000, '2'] },
    ]);
  });

  it('cannot end in two results of the same labels', async () => {
    const ask = await asking({ samples: [[0, 1]] }, { metric: 'down', samples: [[0, 1]] });
    await expect(ask('count_over_time({asset="web"}[1m])')).rejects.toMatchObject({ code: 'invalid-request' });
    expect((await ask('last_over_time({asset="web"}[1m])')).result).toHaveLength(2);
  });

  it('counts thousands of series by one question', async () => {
    const hosts = Array.from({ length: 6000 }, (_, index) => ({
      asset: `10.0.0.${index}:9100`,
      labels: { instance: `10.0.0.${index}:9100` },
      samples: [
        [2, 1],
        [1, 2],
      ] as const,
    }));
    const ask = await asking(...hosts);
    const { result } = await ask('count_over_time({__name__="up",instance=~"10[.]0[.]0[.].*:9100"}[10s])');
    expect(result).toHaveLength(6000);
    expect((result as readonly { readonly value: readonly unknown[] }[]).every(({ value }) => value[1] === '2')).toBe(
      true,
    ); // a vector
  });
});

it('refuses a time that is none and stops when the asker has left', async () => {
  const ask = await asking({ samples: [[0, 1]] });
  await expect(ask('up', Number.NaN)).rejects.toMatchObject({ code: 'invalid-request', field: 'time' });
  const series = createMemorySeriesStore();
  await series.append(tenantId, [blockOf({ samples: [[0, 1]] })]);
  const signal = AbortSignal.abort(new Error('gone'));
  await expect(createInstantQuery({ series }).query(tenantId, { query: 'up', time: now, signal })).rejects.toThrow(
    'gone',
  );
});
