import { expect, test } from 'vitest';
import { mayBeSignalOf } from './signal-record.ts';

const recordOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('a record of another kind is known by its first bytes, and one that could be of the kind is never passed over', () => {
  expect(mayBeSignalOf('alert', recordOf({ kind: 'alert', id: 'a' }))).toBe(true);
  expect(mayBeSignalOf('log', recordOf({ kind: 'alert', id: 'a', body: 'a "log" of it' }))).toBe(false);
  expect(mayBeSignalOf('alert', recordOf({ id: 'a', kind: 'alert' }))).toBe(true);
  expect(mayBeSignalOf('alert', recordOf({ kind: 'alertness' }))).toBe(false);
  expect(mayBeSignalOf('log', new TextEncoder().encode('{ "kind": "log" }'))).toBe(true);
  expect(mayBeSignalOf('log', new Uint8Array())).toBe(true);
});
