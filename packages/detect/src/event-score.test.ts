import { expect, test } from 'vitest';
import { eventScore } from './event-score.ts';

const rows = 1000;
const timesMs = Float64Array.from({ length: rows }, (_, row) => row * 60_000);
const at = (...wanted: number[]): Uint8Array =>
  Uint8Array.from({ length: rows }, (_, row) => (wanted.includes(row) ? 1 : 0));
const run = at(...Array.from({ length: 20 }, (_, i) => 400 + i));

test('a run is found by a flag within its first eight rows only', () => {
  expect(eventScore([{ timesMs, labels: run, flags: at(407) }])).toMatchObject({ found: 1, runs: 1, falseAlarms: 0 });
  expect(eventScore([{ timesMs, labels: run, flags: at(408) }])).toMatchObject({ found: 0, runs: 1, falseAlarms: 0 });
});

test('flags less than eight rows apart are one false alarm; flags near a run and while learning are none', () => {
  const flags = at(10, 392, 427, 600, 605, 612, 700);
  expect(eventScore([{ timesMs, labels: run, flags }]).falseAlarms).toBe(2);
});
