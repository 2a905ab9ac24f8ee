import { describe, expect, it } from 'vitest';
import { readJsonPayload } from './json-payload.ts';
import { payloadTime } from './payload-time.ts';
import { readPlainPayload } from './plain-payload.ts';

describe('a plain payload', () => {
  it.each([
    ['21.5', 21.5, undefined],
    [' -3 \n', -3, undefined],
    ['+.5e-2', 0.005, undefined],
    ['21.5 °C', 21.5, '°C'],
    ['230V', 230, 'V'],
    ['99 %', 99, '%'],
    ['3 m/s', 3, 'm/s'],
    ['3 m3/h', 3, 'm3/h'],
    ['ON', 1, undefined],
    ['offline', 0, undefined],
  ])('%s is a number, perhaps with its unit', (text, value, unit) => {
    expect(readPlainPayload(text)).toEqual({ ok: true, value: [{ name: '', value, unit }] });
  });

  it.each([
    'NaN',
    'Infinity',
    '1e999',
    '1,5',
    '0x10',
    '1.2.3',
    '12:30',
    '2026-01-02',
    'warm',
    '5 apples and pears',
    '--1',
  ])('%s is none', (text) => {
    expect(readPlainPayload(text)).toEqual({ ok: false, reason: 'no-number' });
  });

  it('is refused when it holds nothing', () => {
    expect(readPlainPayload(' ')).toEqual({ ok: false, reason: 'empty' });
  });
});

describe('a JSON payload', () => {
  it('is a measurement a number, nested names joined by dots, booleans 1 and 0', () => {
    expect(
      readJsonPayload(
        '{"t": 21, "motor": {"rpm": 1450, "on": true, "state": {"x": 0}}, "name": "p", "list": [1], "n": null}',
      ),
    ).toEqual({
      ok: true,
      value: [
        { name: 't', value: 21 },
        { name: 'motor.rpm', value: 1450 },
        { name: 'motor.on', value: 1 },
        { name: 'motor.state.x', value: 0 },
      ],
    });
  });

  it('with a value alone is named by the topic', () => {
    const at = 1_735_689_600_000;
    expect(readJsonPayload('{"value": 3, "unit": "bar", "ts": 1735689600}')).toEqual({
      ok: true,
      value: [{ name: '', value: 3, unit: 'bar', at }],
    });
    expect(readJsonPayload('{"value": "21.5 C", "time": "2025-01-01T00:00:00Z"}')).toMatchObject({
      value: [{ name: '', value: 21.5, at }],
    });
    expect(readJsonPayload('{"value": 1, "max": 2}')).toMatchObject({ value: [{ name: 'value' }, { name: 'max' }] });
  });

  it('takes an object of values beside a time, lists of messages, and bare numbers', () => {
    expect(readJsonPayload('{"ts": 1735689600000, "values": {"a": 1}}')).toMatchObject({
      value: [{ name: 'a', at: 1_735_689_600_000 }],
    });
    expect(readJsonPayload('[{"ts": 1735689600, "a": 1}, {"ts": 1735689601, "a": 2}, 7]')).toMatchObject({
      value: [
        { name: 'a', at: 1_735_689_600_000, value: 1 },
        { name: 'a', at: 1_735_689_601_000, value: 2 },
        { name: '', value: 7 },
      ],
    });
    expect(readJsonPayload('"21.5 C"')).toMatchObject({ value: [{ value: 21.5, unit: 'C' }] });
  });

  it.each([
    ['{"a": ', 'json'],
    ['{"a": "text"}', 'no-number'],
    ['[]', 'no-number'],
    ['{"a": 1e999}', 'no-number'],
    ['{"time": "12:30", "a": 1}', 'no-time'],
    ['{"time": "2025-01-01T00:00:00", "a": 1}', 'no-time'],
    ['{"ts": 5, "a": 1}', 'no-time'],
    [`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, 'too-deep'],
    [
      JSON.stringify(Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`m${index}`, index]))),
      'too-many-values',
    ],
  ])('is refused with the reason: %.40s', (text, reason) => {
    expect(readJsonPayload(text)).toEqual({ ok: false, reason });
  });
});

describe('a moment in a payload', () => {
  it.each([
    1_735_689_600,
    1_735_689_600_000,
    1_735_689_600_000_000,
    1_735_689_600_000_000_000,
    '1735689600',
    '2025-01-01T01:00:00+01:00',
  ])('%s is understood by its size or its form', (moment) => {
    expect(payloadTime(moment)).toBe(1_735_689_600_000);
  });

  it.each([0, -1, 1e30, Number.NaN, 'soon', '2025-01-01', true, null, {}])('%s is none', (moment) => {
    expect(payloadTime(moment)).toBeNaN();
  });
});
