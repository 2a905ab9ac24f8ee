import { zstdDecompressSync } from 'node:zlib';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { AssetId, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { ExportFormat, SeriesStore } from '@heliosiq/ports';
import { parquetReadObjects } from 'hyparquet';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSampleExport } from './sample-export.ts';
import { readPlans } from './series-parts.ts';

const acme = TenantId.parse('acme');
const startAt = Date.UTC(2026, 5, 1);
const all = { from: 0, to: startAt + 1e10 };

describe('an export of samples', () => {
  let series: SeriesStore;
  beforeEach(() => {
    series = createMemorySeriesStore();
  });

  async function append(
    words: { asset: string; metric: string; labels?: Record<string, string>; unit?: string },
    samples: readonly (readonly [number, number])[],
  ) {
    const named = { labels: {}, ...words, asset: AssetId.parse(words.asset) };
    await series.append(acme, [
      {
        series: { id: seriesIdOf(acme, named), ...named },
        times: samples.map(([at]) => startAt + at),
        values: samples.map(([, value]) => value),
      },
    ]);
  }

  async function exported(format: ExportFormat, match?: string, range = all): Promise<Buffer> {
    const question = { format, range, ...(match === undefined ? {} : { match }) };
    const pieces: Uint8Array[] = [];
    for await (const piece of await createSampleExport({ series }).open(acme, question)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async function rowsOf(bytes: Buffer): Promise<Record<string, unknown>[]> {
    const file = new Uint8Array(bytes).buffer;
    return parquetReadObjects({ file, compressors: { ZSTD: (input) => new Uint8Array(zstdDecompressSync(input)) } });
  }

  it('writes CSV with a column a label, quoted where it must be, and words for values that are no numbers', async () => {
    await append({ asset: 'pump, "7"', metric: 'speed', labels: { side: 'left\nend' }, unit: 'rpm' }, [
      [0, 1.5],
      [1, Number.NaN],
    ]);
    await append({ asset: 'z', metric: 'limit', labels: { value: 'x' } }, [[0, -Infinity]]);
    expect((await exported('csv')).toString()).toBe(
      [
        'time,asset,metric,unit,value,label.side,label.value',
        '2026-06-01T00:00:00.000Z,"pump, ""7""",speed,rpm,1.5,"left\nend",',
        '2026-06-01T00:00:00.001Z,"pump, ""7""",speed,rpm,NaN,"left\nend",',
        '2026-06-01T00:00:00.000Z,z,limit,,-Inf,,x',
        '',
      ].join('\n'),
    );
  });

  it('writes Parquet that another reader reads back to the same samples, over several row groups', async () => {
    const samples = Array.from({ length: 45_000 }, (_, index): [number, number] => [
      index * 1000,
      Math.sin(index) * 1e3,
    ]);
    await append({ asset: 'a', metric: 'm', labels: { zone: 'eu' }, unit: 's' }, samples);
    await append({ asset: 'b', metric: 'm' }, [[5, Infinity]]);
    const rows = await rowsOf(await exported('parquet'));
    expect(rows).toHaveLength(45_001);
    expect(rows[44_999]).toEqual({
      time: new Date(startAt + 44_999_000),
      asset: 'a',
      metric: 'm',
      unit: 's',
      value: samples[44_999]?.[1],
      'label.zone': 'eu',
    });
    expect(rows[45_000]).toMatchObject({ asset: 'b', value: Infinity, unit: null, 'label.zone': null });
    expect(rows.slice(0, 45_000).map(({ value }) => value)).toEqual(samples.map(([, value]) => value));
  });

  it('holds the range with its start and without its end, and only what the selector means', async () => {
    await append({ asset: 'a', metric: 'm', labels: { host: 'h1' } }, [
      [0, 0],
      [10, 1],
      [20, 2],
    ]);
    await append({ asset: 'a', metric: 'm', labels: { host: 'h2' } }, [[10, 7]]);
    const text = (await exported('csv', 'm{host=~"h1|h3"}', { from: startAt, to: startAt + 20 })).toString();
    expect(text.trim().split('\n').slice(1)).toEqual([
      '2026-06-01T00:00:00.000Z,a,m,,0,h1',
      '2026-06-01T00:00:00.010Z,a,m,,1,h1',
    ]);
  });

  it('is a head or an empty table where nothing matches', async () => {
    expect((await exported('csv', 'nothing')).toString()).toBe('time,asset,metric,unit,value\n');
    expect(await rowsOf(await exported('parquet', 'nothing'))).toEqual([]);
  });

  it('refuses a bad selector, an empty range and too many labels before the file begins', async () => {
    await expect(exported('csv', 'm[')).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(exported('csv', 'm', { from: 5, to: 5 })).rejects.toMatchObject({ code: 'invalid-request' });
    for (let index = 0; index < 501; index += 1)
      await append({ asset: 'a', metric: 'm', labels: { [`l${index}`]: 'x' } }, [[0, 0]]);
    await expect(exported('csv')).rejects.toMatchObject({ code: 'invalid-request', field: 'match' });
  });

  it('comes in pieces, and reads no further when its reader has gone', async () => {
    for (let index = 0; index < 30; index += 1) {
      const samples = Array.from({ length: 20_000 }, (_, at): [number, number] => [at, at]);
      await append({ asset: `a${index}`, metric: 'm' }, samples);
    }
    let reads = 0;
    const range: SeriesStore['range'] = (...question) => {
      reads += 1;
      return series.range(...question);
    };
    const counted = createSampleExport({ series: { ...series, range } });
    const pieces = await counted.open(acme, { format: 'csv', range: all });
    let bytes = 0;
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > 100_000) break;
    }
    expect(reads).toBe(1);
  });
});

describe('the plan of an export', () => {
  const summaryOf = (samples: number) => ({
    series: { id: 'x' as never, asset: 'a' as never, metric: 'm', labels: {} },
    firstAt: 1000,
    lastAt: 2_001_000,
    samples,
  });

  it('reads a large series in stretches that leave nothing out and overlap nowhere', () => {
    const range = { from: 0, to: 3_000_000 };
    const plans = [...readPlans([summaryOf(1_000_000)], range)];
    expect(plans.length).toBeGreaterThanOrEqual(5);
    expect(plans[0]?.range.from).toBe(0);
    expect(plans.at(-1)?.range.to).toBe(3_000_000);
    for (const [index, plan] of plans.entries())
      if (index > 0) expect(plan.range.from).toBe(plans[index - 1]?.range.to);
  });

  it('reads small series together, up to a number of samples', () => {
    const plans = [
      ...readPlans(
        Array.from({ length: 10 }, () => summaryOf(60_000)),
        { from: 0, to: 3_000_000 },
      ),
    ];
    expect(plans.map(({ ids }) => ids.length)).toEqual([3, 3, 3, 1]);
  });
});
