import { expect, test } from 'vitest';
import { numberText, percentText, valuePair, valueText } from './value-words.ts';

test.each([
  [0.0488, 's', '48.8 ms'],
  [1.02, 's', '1.02 s'],
  [0.000_12, 's', '120 µs'],
  [1500, 'ms', '1.5 s'],
  [900, 's', '15 min'],
  [3_500_000, 'By', '3.34 MiB'],
  [3_500_000, 'By/s', '3.34 MiB/s'],
  [98.3, '%', '98.3%'],
  [82.78, '[degF]', '82.8 °F'],
  [21.4, 'Cel', '21.4 °C'],
  [1190, '{request}', '1190 requests'],
  [0.5, '1', '0.5'],
  [7, 'V', '7 V'],
  [0, 's', '0 s'],
])('%d of unit %s is written as %s', (value, unit, text) => {
  expect(valueText(value, { metric: 'any', unit })).toBe(text);
});

test('without a unit the end of the metric name tells it', () => {
  expect(valueText(0.25, { metric: 'request_duration_seconds' })).toBe('250 ms');
  expect(valueText(2048, { metric: 'heap_bytes' })).toBe('2 KiB');
  expect(valueText(0.25, { metric: 'load' })).toBe('0.25');
});

test('two values that differ are never written alike while six digits can tell them apart', () => {
  expect(valuePair(99.951, 99.982, { metric: 'availability', unit: '%' })).toEqual(['99.95%', '99.98%']);
  expect(valuePair(0.0488, 1.02, { metric: 'latency', unit: 's' })).toEqual(['48.8 ms', '1.02 s']);
});

test('numbers keep three digits and need no exponent in daily life', () => {
  expect([0, 123_456, 0.000_5, 1.005e-9, Number.NaN].map((value) => numberText(value))).toEqual([
    '0',
    '123456',
    '0.0005',
    '1.00e-9',
    'unknown',
  ]);
});

test('a small share is not told as none', () => {
  expect([0, 0.001, 0.664, 1].map(percentText)).toEqual(['0%', 'less than 1%', '66%', '100%']);
});
