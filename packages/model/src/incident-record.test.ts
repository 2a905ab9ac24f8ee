import { expect, test } from 'vitest';
import { isMereUpdate } from './incident-record.ts';

const recordOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('a record that says only that an incident changed is known by its first bytes, and nothing else is taken for one', () => {
  expect(isMereUpdate(recordOf({ kind: 'incident-updated', incident: { id: 'a' } }))).toBe(true);
  expect(isMereUpdate(recordOf({ kind: 'incident-opened', incident: { id: 'a' } }))).toBe(false);
  expect(isMereUpdate(recordOf({ incident: { id: 'a' }, kind: 'incident-updated' }))).toBe(false);
  expect(isMereUpdate(recordOf({ kind: 'incident-updated' }))).toBe(false);
  expect(isMereUpdate(new Uint8Array())).toBe(false);
});
