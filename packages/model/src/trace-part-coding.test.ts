import { expect, test } from 'vitest';
import { AssetId } from './ids.ts';
import { decodeTracePart, encodeTracePart } from './trace-part-coding.ts';
import { isTraceKept, type TracePart } from './trace-part.ts';

const at = Date.UTC(2026, 0, 1);

function partOf(spanCount: number): TracePart {
  const spans = Array.from({ length: spanCount }, (_, index) => ({
    traceId: `trace ${Math.floor(index / 5)}`,
    spanId: `span ${index}`,
    parentId: index % 5 === 0 ? '' : `span ${index - 1}`,
    asset: AssetId.parse(`service-${index % 7}`),
    operation: `GET /place/${index % 3}`,
    startMs: at + index + 0.125,
    endMs: at + index + 2.5,
    isError: index % 4 === 1,
  }));
  const lines = spans.map(({ traceId, spanId, asset }, index) => ({
    ...{
      id: `line ${index}`,
      traceId,
      spanId,
      asset,
      at: at + index,
      body: `line "${index}" of ünd`,
      isError: index % 3 === 0,
    },
  }));
  return { id: 'p', at, share: 0.5, spans, lines };
}

test('a part comes back as it was', () => {
  for (const count of [0, 1, 200])
    expect(decodeTracePart(encodeTracePart(partOf(count)))).toEqual({ ok: true, value: partOf(count) });
});

test('a span and its line take few bytes', () => {
  expect(encodeTracePart(partOf(1000)).length / 1000).toBeLessThan(40);
});

test('damaged bytes are refused with a reason, never thrown', () => {
  const bytes = encodeTracePart(partOf(20));
  for (let index = 0; index < bytes.length; index += 1) {
    const damaged = Buffer.from(bytes);
    damaged[index] = (damaged[index] ?? 0) ^ 0x55;
    const found = decodeTracePart(damaged);
    if (!found.ok) expect(found.reason).toMatch(/part of traces/);
  }
  expect(decodeTracePart(Buffer.from('{}'))).toMatchObject({ ok: false });
  expect(decodeTracePart(bytes.subarray(0, 20))).toMatchObject({ ok: false });
});

test('a share of traces holds about that many, and every smaller share is part of it', () => {
  const traces = Array.from({ length: 8000 }, (_, index) => index.toString(16).padStart(32, '0'));
  let larger = new Set(traces);
  for (const share of [1, 0.5, 0.25, 0.0625]) {
    const kept = new Set(traces.filter((trace) => isTraceKept(trace, share)));
    expect(kept.size / traces.length).toBeGreaterThan(share * 0.85);
    expect(kept.size / traces.length).toBeLessThanOrEqual(share * 1.15);
    expect(kept.isSubsetOf(larger)).toBe(true);
    larger = kept;
  }
});
