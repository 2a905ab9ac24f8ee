import { describe, expect, it } from 'vitest';
import { decodeSignalRecord } from './signal-record.ts';

const series = { id: 'a'.repeat(32), asset: 'pump', metric: 'm', labels: { zone: 'north' }, unit: 's' };
const block = { kind: 'samples', series, times: [1, 2], values: [1.5, -2] };

function decode(value: unknown): ReturnType<typeof decodeSignalRecord> {
  return decodeSignalRecord(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
}

describe('decodeSignalRecord', () => {
  it('returns blocks and discrete signals as they were', () => {
    expect(decode(block)).toEqual({ ok: true, value: block });
    const event = { kind: 'event', id: 'e', asset: 'pump', at: 5, title: 'Door opened', severity: 'low', labels: {} };
    expect(decode(event)).toEqual({ ok: true, value: event });
  });

  it.each([
    ['broken JSON', '{"kind":', 'not JSON'],
    ['another kind of JSON', '[1]', 'no field kind'],
    ['an unknown kind', { kind: 'smell' }, 'kind'],
    ['a missing list', { kind: 'samples', series, times: [] }, 'needs series, times and values'],
    ['lists of unequal length', { ...block, values: [1] }, 'times has 2 entries and values 1'],
    ['a time that is no whole number', { ...block, times: [1, 2.5] }, 'times[1]'],
    ['a time beyond all dates', { ...block, times: [1, 2 ** 51] }, 'times[1]'],
    ['a value that is no number', { ...block, values: [null, 1] }, 'values[0]'],
    [
      'an infinite value',
      '{"kind":"samples","series":' + JSON.stringify(series) + ',"times":[1],"values":[1e999]}',
      'values[0]',
    ],
    ['a series without an id', { ...block, series: { ...series, id: 'x' } }, 'series.id'],
    ['NUL in a name', { ...block, series: { ...series, metric: 'a\0b' } }, 'metric contains a NUL'],
    ['NUL in a label', { ...block, series: { ...series, labels: { zone: '\0' } } }, 'label zone contains a NUL'],
    ['half a surrogate in a name', { ...block, series: { ...series, asset: '\ud800' } }, 'asset is not well-formed'],
    [
      'NUL in the asset of an event',
      { kind: 'event', id: 'e', asset: 'a\0', at: 5, title: 't' },
      'asset contains a NUL',
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
