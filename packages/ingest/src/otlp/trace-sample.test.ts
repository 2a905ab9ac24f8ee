import { AssetId, isTraceKept, TenantId, type TraceSpan } from '@heliosiq/model';
import { decodeTracePart } from '@heliosiq/model/trace-part-coding.ts';
import type { NewRecord } from '@heliosiq/ports';
import { expect, test } from 'vitest';
import { openOtlpIntake } from './testing/open-otlp-intake.ts';
import { sampleRequests } from './testing/sample-requests.ts';
import { createTraceSample } from './trace-sample.ts';

const tenantId = TenantId.parse('acme');
const at = Date.UTC(2026, 5, 1);

function spansOf(traces: number, spansEach: number, from = 0): TraceSpan[] {
  return Array.from({ length: traces * spansEach }, (_, index) => ({
    traceId: (from + Math.floor(index / spansEach)).toString(16).padStart(32, '0'),
    spanId: (index % spansEach).toString(16).padStart(16, '0'),
    ...{ parentId: '', asset: AssetId.parse('shop'), operation: 'GET /', startMs: at, endMs: at + 1, isError: false },
  }));
}

function partsOf(records: readonly NewRecord[]) {
  return records.map(({ value }) => {
    const part = decodeTracePart(value);
    if (!part.ok) throw new Error(part.reason);
    return part.value;
  });
}

test('below the rate every span is kept, and the same request makes the same records', () => {
  const items = { spans: spansOf(20, 5), lines: [] };
  const [one, two] = [1, 2].map(() =>
    createTraceSample({ itemsPerSecond: 10, now: () => at }).recordsOf(tenantId, items),
  );
  expect(one).toEqual(two);
  expect(partsOf(one ?? []).flatMap(({ spans }) => spans)).toEqual(items.spans);
});

test('above the rate whole traces are kept, in the share that the part names, within the rate', () => {
  const sample = createTraceSample({ itemsPerSecond: 10, now: () => at });
  const parts = Array.from({ length: 20 }, (_, turn) =>
    partsOf(sample.recordsOf(tenantId, { spans: spansOf(50, 5, turn * 50), lines: [] })),
  ).flat();
  const kept = parts.flatMap(({ spans }) => spans);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(3 * 100);
  for (const { share, spans } of parts) {
    expect(spans.every(({ traceId }) => isTraceKept(traceId, share))).toBe(true);
    for (const trace of Map.groupBy(spans, ({ traceId }) => traceId).values()) expect(trace).toHaveLength(5);
  }
});

test('the share grows again when less comes, and no tenant takes the room of another', () => {
  let now = at;
  const sample = createTraceSample({ itemsPerSecond: 10, now: () => now });
  sample.recordsOf(tenantId, { spans: spansOf(400, 5), lines: [] });
  const few = { spans: spansOf(4, 5), lines: [] };
  expect(partsOf(sample.recordsOf(TenantId.parse('other'), few))[0]).toMatchObject({ share: 1 });
  now += 120_000;
  expect(partsOf(sample.recordsOf(tenantId, few))[0]).toMatchObject({ share: 1, spans: few.spans });
});

test('spans and their lines that come through the door are kept as one trace, and a re-send is the same record', async () => {
  for (const encoding of ['protobuf', 'json'] as const) {
    const world = openOtlpIntake();
    await world.send('traces', sampleRequests.traces, encoding);
    await world.send('logs', sampleRequests.logs, encoding);
    await world.send('traces', sampleRequests.traces, encoding);
    const [first, lines, again] = world.traces;
    expect(again).toEqual(first);
    const [spans, logs] = partsOf([first, lines].flatMap((record) => record ?? []));
    expect(
      spans?.spans.map(({ asset, operation, parentId, isError }) => [asset, operation, parentId, isError]),
    ).toEqual([
      ['cart', 'POST /pay', '', false],
      ['cart', 'POST /pay', 'eee19b7ec3c1b174', true],
    ]);
    expect(spans?.spans[0]?.endMs).toBeCloseTo((spans?.spans[0]?.startMs ?? 0) + 40, 2);
    expect(logs?.lines).toMatchObject([
      { asset: 'cart', spanId: 'eee19b7ec3c1b174', body: 'disk full', isError: true },
    ]);
  }
});

test('a rate of nothing keeps no traces', async () => {
  const world = openOtlpIntake({ traceItemsPerSecond: 0 });
  await world.send('traces', sampleRequests.traces);
  expect(world.traces).toEqual([]);
});
