import { HeliosError, errorTable } from '@heliosiq/model';
import { compress } from 'snappy';
import { describe, expect, test } from 'vitest';
import { bytesInUse } from '../otlp/testing/bytes-in-use.ts';
import { contentTypes, openDoor } from './testing/open-door.ts';
import { bodyV1, bodyV2 } from './testing/write-bodies.ts';
import type { BodySeries } from './testing/write-bodies.ts';

const now = Date.UTC(2026, 5, 1);
const rounds = 10_000;

const rich: readonly BodySeries[] = Array.from({ length: 12 }, (_, index) => ({
  labels: [
    ['__name__', `metric_${index}`],
    ['cluster', 'eu'],
    ['instance', 'wérk:9100'],
  ],
  samples: [
    [now, index / 3],
    [now + 1000, 'stale'],
  ],
  histograms: [
    {
      at: now,
      schema: 3,
      sum: 5,
      count: 9,
      zeroCount: 1,
      positiveSpans: [
        [-4, 2],
        [3, 2],
      ],
      positiveDeltas: [1, 1, 0, 2],
    },
    { at: now, schema: -53, sum: 5, count: 3, positiveSpans: [[0, 2]], positiveDeltas: [1, 1], customValues: [1, 2] },
    { at: now, schema: 0, sum: 5, count: 3.5, isFloat: true, negativeSpans: [[0, 1]], negativeCounts: [3.5] },
  ],
  exemplars: [{ labels: [['trace_id', `t${index}`]], value: 2, at: now }],
  unit: 'seconds',
}));

/** Numbers that are the same in every run (xorshift). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

/** Changes, cuts, repeats and inserts bytes. */
function mutated(body: Buffer, roll: (sides: number) => number): Buffer {
  let bytes = Buffer.from(body);
  for (let change = roll(6); change >= 0; change -= 1) {
    const at = roll(bytes.length + 1);
    const kind = roll(6);
    if (kind === 0) bytes = Buffer.from(bytes.subarray(0, at));
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([roll(256)]), bytes.subarray(at)]);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - roll(200)))]);
    else if (kind === 3 && bytes.length > 0) bytes[at % bytes.length] = 0xff;
    else if (bytes.length > 0) bytes[at % bytes.length] = roll(256);
  }
  return bytes;
}

describe.each(['v1', 'v2'] as const)('remote write %s and bytes of any kind', (version) => {
  test('answers what was taken or says whose fault it was, keeps its memory, and serves the next request', async () => {
    const { sendBytes, send, stored, forget } = openDoor({ settings: { seriesCachedMax: 2000 } });
    const roll = dice(version === 'v1' ? 0x2545f491 : 0x1234567);
    const whole = version === 'v1' ? bodyV1(rich) : bodyV2(rich);
    const statuses = new Map<number, number>();
    let inUseBefore = 0;
    for (let round = 0; round < rounds; round += 1) {
      // One in four is damaged after compression.
      const body = round % 4 === 0 ? mutated(await compress(whole), roll) : await compress(mutated(whole, roll));
      const sent = sendBytes(body, { contentType: contentTypes[version] });
      const status = await sent.then(
        (answer) => answer.status,
        (error: unknown) => (error instanceof HeliosError ? errorTable[error.code].status : 599),
      );
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (round % 500 === 0) forget();
      if (round === rounds / 2) inUseBefore = bytesInUse();
    }
    expect([...statuses.keys()].toSorted((a, b) => a - b)).toEqual([204, 400, 413]);
    expect(statuses.get(400)).toBeGreaterThan(rounds / 10);
    forget();
    // Words of damaged bodies fill the pool of known texts, which is bounded.
    expect(bytesInUse() - inUseBefore).toBeLessThan(16 * 2 ** 20);
    await send(version, [{ labels: [['__name__', 'after_all']], samples: [[now, 1]] }]);
    expect(await stored()).toContain('unnamed after_all{} @0 = 1');
  }, 120_000);
});
