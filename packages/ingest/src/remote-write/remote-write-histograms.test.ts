import { describe, expect, test } from 'vitest';
import { faultOf, openDoor } from './testing/open-door.ts';
import { momentOfTests as now, plainSeries as series } from './testing/write-bodies.ts';

describe.each(['v1', 'v2'] as const)('native histograms and exemplars by remote write %s', (version) => {
  test('stores a native histogram as a classic one', async () => {
    const { send, stored } = openDoor();
    const answer = await send(version, [
      {
        labels: [
          ['__name__', 'delay_seconds'],
          ['job', 'web'],
        ],
        histograms: [
          // Indices 0, 1 and 4: (0.5, 1], (1, 2], (8, 16].
          {
            at: now,
            schema: 0,
            sum: 20.5,
            count: 8,
            zeroCount: 1,
            positiveSpans: [
              [0, 2],
              [2, 1],
            ],
            positiveDeltas: [2, 1, -1],
          },
          {
            at: now + 1,
            schema: 0,
            sum: 1.5,
            count: 2.5,
            isFloat: true,
            positiveSpans: [[1, 1]],
            positiveCounts: [2.5],
          },
        ],
      },
    ]);
    expect(answer.status).toBe(204);
    if (version === 'v2') expect(answer.headers?.['x-prometheus-remote-write-histograms-written']).toBe('2');
    const lines = (await stored()).map((line) => line.replace('web delay_seconds', ''));
    expect(lines.filter((line) => line.includes('@0 ')).sort()).toEqual(
      [
        '_bucket{job="web",le="+Inf"} @0 = 8',
        '_bucket{job="web",le="0"} @0 = 1',
        '_bucket{job="web",le="0.5"} @0 = 1',
        '_bucket{job="web",le="1"} @0 = 3',
        '_bucket{job="web",le="16"} @0 = 8',
        '_bucket{job="web",le="2"} @0 = 6',
        '_bucket{job="web",le="4"} @0 = 6',
        '_bucket{job="web",le="8"} @0 = 6',
        '_count{job="web"} @0 = 8',
        '_sum{job="web"} s @0 = 20.5',
      ].sort(),
    );
    expect(lines).toContain('_bucket{job="web",le="2"} @0.001 = 2.5');
  });

  test('stores a native histogram with bounds of its own at these bounds, and rejects one that contradicts itself', async () => {
    const { send, stored } = openDoor();
    const own = { at: now, schema: -53, sum: 7, count: 4, positiveSpans: [[1, 2]] as const, positiveDeltas: [1, 2] };
    const labels = [['__name__', 'h']] as const;
    await send(version, [{ labels, histograms: [{ ...own, customValues: [0.1, 0.25] }] }]);
    expect(await stored()).toEqual([
      'unnamed h_bucket{le="+Inf"} @0 = 4',
      'unnamed h_bucket{le="0.1"} @0 = 0',
      'unnamed h_bucket{le="0.25"} @0 = 1',
      'unnamed h_count{} @0 = 4',
      'unnamed h_sum{} @0 = 7',
    ]);
    for (const wrong of [
      { customValues: [0.1] },
      { customValues: [2, 1] },
      { schema: 99 },
      { schema: 0, positiveDeltas: [1] },
    ]) {
      const answer = await send(version, [{ labels, histograms: [{ ...own, ...wrong }] }]);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('contradicts itself');
    }
  });

  test('keeps one exemplar of a metric, asset and minute as a way into the traces, and counts all', async () => {
    const { send, events, stored } = openDoor();
    const exemplar = (trace: string, at = now) => ({ labels: [['trace_id', trace]] as const, value: 0.43, at });
    const one = {
      ...series('delay_bucket', { instance: 'web:80', le: '1' }),
      exemplars: [exemplar('t1'), exemplar('t2'), exemplar('t3', now - 3_600_000)],
    };
    const untraced = { ...series('other'), exemplars: [{ labels: [['user', 'x']] as const, value: 1, at: now }] };
    const answer = await send(version, [one, untraced]);
    expect(answer.status).toBe(204);
    if (version === 'v2') expect(answer.headers?.['x-prometheus-remote-write-exemplars-written']).toBe('4');
    await send(version, [one]);
    expect(await stored()).toHaveLength(3);
    expect(events()).toEqual([
      expect.objectContaining({
        kind: 'event',
        asset: 'web:80',
        at: now,
        title: 'Trace t1: delay_bucket measured 0.43',
        labels: { trace_id: 't1', metric: 'delay_bucket' },
      }),
    ]);
  });

  test('refuses a small body that would become too many samples', async () => {
    const { send } = openDoor({ settings: { signalsMax: 1000 } });
    const wide = {
      at: now,
      schema: 0,
      sum: 1,
      count: 2,
      positiveSpans: [
        [-32, 1],
        [90, 1],
      ] as const,
      positiveDeltas: [1, 0],
    };
    const labels = [['__name__', 'wide']] as const;
    expect((await send(version, [{ labels, histograms: [wide] }])).status).toBe(204);
    const fault = await faultOf(
      send(
        'v1',
        Array.from({ length: 20 }, () => ({ labels, histograms: [wide] })),
      ),
    );
    expect(fault.code).toBe('too-large');
    const inOneSeries = { labels, histograms: Array.from({ length: 20 }, () => wide) };
    expect((await faultOf(send(version, [inOneSeries]))).code).toBe('too-large');
  });

  test('remembers no more parts of native histograms than series', async () => {
    const { send, stored } = openDoor({ settings: { seriesCachedMax: 50 } });
    const labels = [['__name__', 'h']] as const;
    for (let round = 1; round <= 30; round += 1) {
      const bounds = Array.from({ length: 5 }, (_, index) => round * 10 + index);
      const own = {
        at: now,
        schema: -53,
        sum: 7,
        count: 5,
        positiveSpans: [[0, 5]] as const,
        positiveDeltas: [1, 0, 0, 0, 0],
      };
      await send(version, [{ labels, histograms: [{ ...own, customValues: bounds }] }, series('up')]);
    }
    const lines = await stored();
    expect(lines.filter((line) => line.includes('h_bucket{le="304"}'))).toEqual(['unnamed h_bucket{le="304"} @0 = 5']);
    expect(lines.filter((line) => line.includes('h_count'))).toHaveLength(30);
  });
});
