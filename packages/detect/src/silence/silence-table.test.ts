import { expect, test } from 'vitest';
import { createSilenceTable } from './silence-table.ts';

const formerSlotBytes = 56;
const headBytes = 8;

function filled() {
  const table = createSilenceTable();
  for (const ref of [7, 11, 13]) {
    const slot = table.add(ref);
    const columns = table.columns();
    columns.lastAt[slot] = 1000 * ref;
    columns.told[slot] = slot;
    columns.seenAt[slot] = 1000 * ref + 1;
    columns.seen[slot] = ref;
  }
  return table;
}

test('a table comes back from its bytes', () => {
  const again = createSilenceTable();
  again.append(filled().pack(0));
  const { lastAt, told, seenAt, seen } = again.columns();
  expect(again.slotOf(11)).toBe(1);
  expect([lastAt[1], told[1], seenAt[1], seen[1]]).toEqual([11_000, 1, 11_001, 11]);
});

test('a table of the layout before is read, and what it lacks begins with nothing', () => {
  const bytes = filled()
    .pack(0)
    .slice(0, headBytes + 3 * formerSlotBytes);
  bytes[3] = 1;
  const again = createSilenceTable();
  again.append(bytes);
  const { lastAt, told, seenAt, seen } = again.columns();
  expect(again.size()).toBe(3);
  expect([lastAt[2], told[2], seenAt[2], seen[2]]).toEqual([13_000, 2, 0, 0]);
});

test('bytes of another kind, version or length are refused', () => {
  const bytes = filled().pack(0);
  const later = bytes.slice();
  later[3] = 9;
  for (const wrong of [new Uint8Array(), Uint8Array.of(1, 2, 3), later, bytes.subarray(0, -1)]) {
    expect(() => createSilenceTable().append(wrong)).toThrow('not a table of silence');
  }
});
