import { expect, test } from 'vitest';
import { createSilenceTable } from './silence-table.ts';

/** Versions of the layout before this one, with their bytes a series. */
const formerLayouts = [
  [1, 56],
  [2, 77],
] as const;
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
    columns.lateMs[slot] = 5;
  }
  return table;
}

test('a table comes back from its bytes', () => {
  const again = createSilenceTable();
  again.append(filled().pack(0));
  const { lastAt, told, seenAt, seen, lateMs } = again.columns();
  expect(again.slotOf(11)).toBe(1);
  expect([lastAt[1], told[1], seenAt[1], seen[1], lateMs[1]]).toEqual([11_000, 1, 11_001, 11, 5]);
});

test.each(formerLayouts)(
  'a table of layout %s is read, and what it lacks begins with nothing',
  (version, slotBytes) => {
    const bytes = filled()
      .pack(0)
      .slice(0, headBytes + 3 * slotBytes);
    bytes[3] = version;
    const again = createSilenceTable();
    again.append(bytes);
    const { lastAt, told, seenAt, seen, lateMs } = again.columns();
    const wall = version === 1 ? [0, 0] : [13_001, 13];
    expect(again.size()).toBe(3);
    expect([lastAt[2], told[2], seenAt[2], seen[2], lateMs[2]]).toEqual([13_000, 2, ...wall, 0]);
  },
);

test('bytes of another kind, version or length are refused', () => {
  const bytes = filled().pack(0);
  const later = bytes.slice();
  later[3] = 9;
  for (const wrong of [new Uint8Array(), Uint8Array.of(1, 2, 3), later, bytes.subarray(0, -1)]) {
    expect(() => createSilenceTable().append(wrong)).toThrow('not a table of silence');
  }
});
