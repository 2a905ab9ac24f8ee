import { expect, test } from 'vitest';
import { measureNumber, measureWords, unitWord } from './measure-words.ts';

test.each([
  [1.058_44, 's', '1.058 s'],
  [0.469_012, 's', '469 ms'],
  [0.000_02, 's', '20 µs'],
  [125_000, 'ms', '125 s'],
  [12.5, 'ms', '12.5 ms'],
  [0, 's', '0 s'],
  [-0.25, 's', '-250 ms'],
  [512, 'By', '512 B'],
  [1_572_864, 'By', '1.5 MiB'],
  [3 * 2 ** 40 * 5000, 'By', '15000 TiB'],
  [2048, 'By/s', '2 KiB/s'],
  [85.651_2, '[degF]', '85.65 °F'],
  [21, 'Cel', '21 °C'],
  [99.6, '%', '99.6%'],
  [12, '{request}', '12 requests'],
  [3, '{requests}', '3 requests'],
  [40, '{request}/s', '40 requests/s'],
  [1234.567, '1', '1235'],
  [7, undefined, '7'],
  [7, 'W', '7 W'],
])('%d %s is written %s', (value, unit, text) => {
  expect(measureWords(value, unit).text).toBe(text);
});

test('the number that is returned is the one that is written, in the unit that came in', () => {
  expect(measureWords(0.469_012, 's').value).toBe(0.469);
  expect(measureWords(0.000_1, 's').value).toBe(0.0001);
  expect(measureWords(1_600_000, 'By').value).toBe(1_600_126.976);
  expect(measureWords(85.651_2, '[degF]').value).toBe(85.65);
  expect(Object.is(measureWords(-0, 's').value, 0)).toBe(true);
});

test('numbers that stand together can share the scale of one of them', () => {
  expect(measureWords(0.09, 's', 1.2).text).toBe('0.09 s');
  expect(measureNumber(0.09, 's', 0.13)).toBe(90);
});

test('units without a value are plain words', () => {
  expect([unitWord('{fault}'), unitWord('1'), unitWord(undefined), unitWord('[degF]')]).toEqual([
    'faults',
    '',
    '',
    '°F',
  ]);
});
