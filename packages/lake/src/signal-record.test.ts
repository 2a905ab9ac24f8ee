import { encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { describe, expect, it } from 'vitest';
import { decodeSignalRecord } from './signal-record.ts';

function decode(value: unknown): ReturnType<typeof decodeSignalRecord> {
  return decodeSignalRecord(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
}

function encode(times: readonly number[], values: readonly number[]): Buffer {
  const columns = {
    refs: Float64Array.from(times, (_, index) => index + 1),
    times: Float64Array.from(times),
    values: Float64Array.from(values),
  };
  return encodeSampleColumns(columns, Int32Array.from(times.keys()), { from: 0, to: times.length });
}

describe('decodeSignalRecord', () => {
  it('returns samples and discrete signals as they were', () => {
    const decoded = decodeSignalRecord(encode([5, -7, 2 ** 50], [1.5, Number.NaN, -Infinity]));
    expect(decoded).toEqual({
      ok: true,
      value: {
        kind: 'samples',
        columns: {
          refs: Float64Array.of(1, 2, 3),
          times: Float64Array.of(5, -7, 2 ** 50),
          values: Float64Array.of(1.5, Number.NaN, -Infinity),
        },
      },
    });
    const event = { kind: 'event', id: 'e', asset: 'pump', at: 5, title: 'Door opened', severity: 'low', labels: {} };
    expect(decode(event)).toEqual({ ok: true, value: { kind: 'signal', signal: event } });
  });

  it('refuses samples that are cut or beyond all dates', () => {
    const bytes = encode([5, 6], [1, 2]);
    expect(decodeSignalRecord(bytes.subarray(0, -1))).toMatchObject({ ok: false });
    const late = decodeSignalRecord(encode([5, 2 ** 51], [1, 2]));
    expect(late).toEqual({ ok: false, reason: 'times[1] is beyond all dates' });
  });

  it.each([
    ['broken JSON', '{"kind":', 'not JSON'],
    ['another kind of JSON', '[1]', 'no field kind'],
    ['an unknown kind', { kind: 'smell' }, 'kind'],
    ['samples as JSON', { kind: 'sample', asset: 'a', metric: 'm', at: 5, value: 1 }, 'kind'],
    [
      'NUL in the asset of an event',
      { kind: 'event', id: 'e', asset: 'a\0', at: 5, title: 't' },
      'asset contains a NUL',
    ],
    [
      'half a surrogate in an id',
      { kind: 'event', id: '\ud800', asset: 'a', at: 5, title: 't' },
      'id is not well-formed',
    ],
    ['an event without a title', { kind: 'event', id: 'e', asset: 'a', at: 5 }, 'title'],
  ])('refuses %s with a reason that names it', (_, value, reason) => {
    const decoded = decode(value);
    expect(decoded).toMatchObject({ ok: false });
    expect(decoded.ok ? '' : decoded.reason).toContain(reason);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(decodeSignalRecord(Uint8Array.of(0x22, 0xff, 0x22))).toMatchObject({ ok: false });
  });
});
