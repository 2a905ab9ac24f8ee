import { describe, expect, it } from 'vitest';
import { attributesOf, nanoseconds, openOtlpIntake, testNow } from './testing/open-otlp-intake.ts';

const resource = { attributes: attributesOf({ 'service.namespace': 'shop', 'service.name': 'cart' }) };
const at = { timeUnixNano: nanoseconds(testNow) };

function requestOf(...metrics: object[]): object {
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'test' }, metrics }] }] };
}

const names = (samples: readonly { metric: string; labels: Readonly<Record<string, string>>; value: number }[]) =>
  samples.map(({ metric, labels, value }) => [
    `${metric}${labels['le'] === undefined ? '' : `{${labels['le']}}`}`,
    value,
  ]);

describe.each(['protobuf', 'json'] as const)('metrics in %s', (encoding) => {
  it('name asset, metric and labels', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const point = { ...at, asDouble: 21.5, attributes: attributesOf({ 'sensor.id': 'a', floor: 3 }) };
    const refused = await send(
      'metrics',
      requestOf({ name: 'room.temperature', unit: 'Cel', gauge: { dataPoints: [point] } }),
      encoding,
    );
    expect(refused).toEqual({ count: 0, message: '' });
    expect(storedSamples()).toEqual([
      {
        asset: 'shop/cart',
        metric: 'room_temperature_celsius',
        labels: {
          job: 'shop/cart',
          service_name: 'cart',
          service_namespace: 'shop',
          otel_scope_name: 'test',
          sensor_id: 'a',
          floor: '3',
        },
        at: testNow,
        value: 21.5,
      },
    ]);
  });

  it('keep cumulative sums as counters and deltas as increases', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const sum = (temporality: number, isMonotonic: boolean) => ({
      aggregationTemporality: temporality,
      isMonotonic,
      dataPoints: [{ ...at, asInt: '-7' }],
    });
    await send(
      'metrics',
      requestOf(
        { name: 'hits', sum: sum(2, true) },
        { name: 'misses', sum: sum(1, true) },
        { name: 'queue.size', sum: sum(2, false) },
      ),
      encoding,
    );
    expect(names(storedSamples())).toEqual([
      ['hits_total', -7],
      ['misses_delta', -7],
      ['queue_size', -7],
    ]);
  });

  it('become buckets, sum and count, exponential ones too', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const explicit = { ...at, count: '6', sum: 9.5, bucketCounts: ['1', '2', '3'], explicitBounds: [0.5, 1] };
    const buckets = { offset: 0, bucketCounts: ['3', '1'] };
    const exponential = { ...at, count: '4', sum: 7, scale: 0, zeroCount: '0', positive: buckets };
    await send(
      'metrics',
      requestOf(
        { name: 'wait', unit: 's', histogram: { aggregationTemporality: 2, dataPoints: [explicit] } },
        { name: 'size', unit: 'By', exponentialHistogram: { aggregationTemporality: 1, dataPoints: [exponential] } },
      ),
      encoding,
    );
    expect(names(storedSamples())).toEqual([
      ['wait_seconds_bucket{0.5}', 1],
      ['wait_seconds_bucket{1}', 3],
      ['wait_seconds_bucket{+Inf}', 6],
      ['wait_seconds_sum', 9.5],
      ['wait_seconds_count', 6],
      ['size_bytes_count_delta', 4],
      ['size_bytes_sum_delta', 7],
      ['size_bytes_bucket_delta{1}', 0],
      ['size_bytes_bucket_delta{2}', 3],
      ['size_bytes_bucket_delta{4}', 4],
      ['size_bytes_bucket_delta{+Inf}', 4],
    ]);
  });

  it('become quantiles', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const point = {
      ...at,
      count: '3',
      sum: 6,
      quantileValues: [
        { quantile: 0.5, value: 2 },
        { quantile: 0.99, value: 3 },
      ],
    };
    await send('metrics', requestOf({ name: 'lag', summary: { dataPoints: [point] } }), encoding);
    expect(storedSamples().map(({ metric, labels, value }) => [metric, labels['quantile'], value])).toEqual([
      ['lag', '0.5', 2],
      ['lag', '0.99', 3],
      ['lag_sum', undefined, 6],
      ['lag_count', undefined, 3],
    ]);
  });

  it('store 99 of 100 points when one is bad, and say why', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const dataPoints = Array.from({ length: 100 }, (_, index) => ({
      timeUnixNano: index === 41 ? '0' : at.timeUnixNano,
      asDouble: index,
      attributes: attributesOf({ index }),
    }));
    const refused = await send('metrics', requestOf({ name: 'level', gauge: { dataPoints } }), encoding);
    expect(refused).toEqual({ count: 1, message: '1 × metric level: it has no time' });
    expect(storedSamples().map(({ value }) => value)).toEqual(
      Array.from({ length: 100 }, (_, index) => index).filter((index) => index !== 41),
    );
  });

  it('refuse what makes no sense, each with its reason', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const gauge = (point: object) => ({ name: 'level', gauge: { dataPoints: [point] } });
    const refused = await send(
      'metrics',
      requestOf(
        gauge({ timeUnixNano: nanoseconds(testNow + 3_600_000), asDouble: 1 }),
        gauge(at),
        { name: 'sum', sum: { dataPoints: [{ ...at, asDouble: 1 }] } },
        {
          name: 'wait',
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [{ ...at, count: '1', bucketCounts: ['1'], explicitBounds: [1] }],
          },
        },
        { name: '', gauge: { dataPoints: [{ ...at, asDouble: 1 }] } },
      ),
      encoding,
    );
    expect(refused.count).toBe(5);
    expect(refused.message).toBe(
      '1 × metric level: its time is in the future; 1 × metric level: a point has no number; ' +
        '1 × metric sum: it has no aggregation temporality; 1 × metric wait: a point has 1 buckets for 1 bounds; ' +
        '1 × metric : it has no name',
    );
    expect(storedSamples()).toEqual([]);
  });
});

describe('cumulative points', () => {
  const requestAt = (seconds: number, startSeconds: number, value: number) =>
    requestOf({
      name: 'hits',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [
          {
            startTimeUnixNano: nanoseconds(testNow + startSeconds * 1000),
            timeUnixNano: nanoseconds(testNow + seconds * 1000),
            asDouble: value,
          },
        ],
      },
    });

  it('show a reset that a higher count hides', async () => {
    const { send, storedSamples } = openOtlpIntake();
    await send('metrics', requestAt(-40, -60, 5));
    await send('metrics', requestAt(-30, -60, 6));
    await send('metrics', requestAt(-10, -20, 8));
    await send('metrics', requestAt(0, -20, 9));
    const samples = storedSamples().map(({ at: moment, value }) => [(moment - testNow) / 1000, value]);
    expect(samples).toEqual([
      [-40, 5],
      [-30, 6],
      [-20, 0],
      [-10, 8],
      [0, 9],
    ]);
  });

  it('show it also when the first try to store it failed', async () => {
    const { send, fail, storedSamples } = openOtlpIntake();
    await send('metrics', requestAt(-40, -60, 5));
    fail();
    await expect(send('metrics', requestAt(-10, -20, 8))).rejects.toMatchObject({ code: 'unavailable' });
    await send('metrics', requestAt(-10, -20, 8));
    expect(storedSamples().map(({ value }) => value)).toEqual([5, 0, 8]);
  });
});

describe('a point', () => {
  it('keeps attributes apart whose names become one, or are those of every object', async () => {
    const { send, storedSamples } = openOtlpIntake();
    const attributes = attributesOf({ 'a.b': '1', a_b: '2', constructor: '3', __proto__x: '4' });
    await send('metrics', requestOf({ name: 'level', gauge: { dataPoints: [{ ...at, asDouble: 1, attributes }] } }));
    expect(storedSamples()[0]?.labels).toMatchObject({ a_b: '1;2', constructor: '3', key___proto__x: '4' });
  });

  it('without a recorded value adds nothing and is no fault', async () => {
    const { send, appended } = openOtlpIntake();
    const refused = await send('metrics', requestOf({ name: 'level', gauge: { dataPoints: [{ ...at, flags: 1 }] } }));
    expect(refused.count).toBe(0);
    expect(appended).toEqual([]);
  });

  it('is the same record when it is sent again, whatever the encoding', async () => {
    const { send, appended } = openOtlpIntake();
    const request = requestOf({ name: 'level', gauge: { dataPoints: [{ ...at, asDouble: 1 }] } });
    await send('metrics', request, 'protobuf');
    await send('metrics', request, 'protobuf');
    await send('metrics', request, 'json');
    expect(new Set(appended.map(({ id }) => id)).size).toBe(1);
    expect(appended).toHaveLength(3);
  });

  it('of a moment is stored at its exact millisecond', async () => {
    const { send, storedSamples } = openOtlpIntake();
    // Every one of these is a whole millisecond that a double of nanoseconds cannot express.
    const moments = Array.from({ length: 200 }, (_, index) => testNow - index * 977);
    const dataPoints = moments.map((moment) => ({ timeUnixNano: nanoseconds(moment), asDouble: 1 }));
    await send('metrics', requestOf({ name: 'level', gauge: { dataPoints } }));
    expect(
      storedSamples()
        .map((sample) => sample.at)
        .toSorted((a, b) => a - b),
    ).toEqual(moments.toSorted((a, b) => a - b));
  });
});
