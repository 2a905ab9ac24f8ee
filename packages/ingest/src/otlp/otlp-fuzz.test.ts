import { AssetId, DiscreteSignal, HeliosError, Labels, MetricName, errorTable } from '@heliosiq/model';
import { unstorablePathOf } from '@heliosiq/model/storable-text.ts';
import { expect, it } from 'vitest';
import { bytesInUse } from './testing/bytes-in-use.ts';
import { openOtlpIntake, testPrincipal } from './testing/open-otlp-intake.ts';
import { sampleRequests } from './testing/sample-requests.ts';
import { wireOfJson } from './testing/wire-of-json.ts';

const rounds = 10_000;
const grownBytesMax = 96 * 2 ** 20;

/** A generator of numbers below `max`, the same in every run (xorshift32). */
function createDice(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % max;
  };
}

/** Flips, cuts, repeats, inserts; half of the time several of them. */
function mutated(original: Buffer, dice: (max: number) => number): Buffer {
  let bytes = Buffer.from(original);
  for (let steps = 1 + dice(4); steps > 0 && bytes.length > 0; steps -= 1) {
    const at = dice(bytes.length);
    const to = at + dice(Math.min(40, bytes.length - at));
    const kind = dice(6);
    if (kind < 3) bytes[at] = kind === 0 ? dice(256) : (bytes[at] ?? 0) ^ (1 << dice(8));
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    else if (kind === 4) bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    else
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from([0xff, 0xff, 0xff, 0xff, dice(256)]),
        bytes.subarray(at),
      ]);
  }
  return bytes;
}

const cases = (['metrics', 'logs', 'traces'] as const).flatMap((kind) =>
  (['protobuf', 'json'] as const).map((encoding) => ({ kind, encoding })),
);

it.each(cases)(
  'takes or refuses any $kind in $encoding, stores only what stores can keep, and stays small',
  { timeout: 180_000 },
  async ({ kind, encoding }) => {
    const { intake, forget, knownSeries, storedSignals, edges } = openOtlpIntake({
      seriesCachedMax: 2000,
      spansRememberedMax: 2000,
    });
    const request = sampleRequests[kind];
    const original = encoding === 'json' ? Buffer.from(JSON.stringify(request)) : wireOfJson(kind, request);
    const dice = createDice(0x5eed + kind.length);
    let taken = 0;
    let inUseAtHalf = 0;
    for (let round = 0; round < rounds; round += 1) {
      const body = mutated(original, dice);
      const fault: unknown = await intake.take(testPrincipal, { kind, encoding, body }).then(
        () => void (taken += 1),
        (error: unknown) => error,
      );
      const isRefusal = fault instanceof HeliosError && errorTable[fault.code].status < 500;
      if (fault !== undefined && !isRefusal)
        throw new Error(`round ${round}: ${body.toString('hex')}`, { cause: fault });
      if (round % 500 === 499) {
        for (const { asset, metric, labels } of knownSeries()) {
          expect(unstorablePathOf({ asset, metric, labels })).toBeUndefined();
          AssetId.parse(asset);
          MetricName.parse(metric);
          Labels.parse(labels);
        }
        for (const signal of storedSignals()) expect(unstorablePathOf(DiscreteSignal.parse(signal))).toBeUndefined();
        for (const { from, to } of edges)
          expect(unstorablePathOf([AssetId.parse(from), AssetId.parse(to)])).toBeUndefined();
        forget();
      }
      if (round === rounds / 2) inUseAtHalf = bytesInUse();
    }
    expect(taken).toBeGreaterThan(rounds / 100);
    expect(taken).toBeLessThan(rounds);
    expect(bytesInUse() - inUseAtHalf).toBeLessThan(grownBytesMax);
  },
);
