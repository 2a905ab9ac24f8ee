import { describe, expect, test } from 'vitest';
import { createLabelPool } from './label-pool.ts';
import { cursorOf } from './wire-cursor.ts';

function labelBytes(name: string | Buffer, value: string | Buffer): Buffer {
  const field = (tag: number, text: string | Buffer): Buffer => {
    const bytes = Buffer.from(text);
    const length = bytes.length < 0x80 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
    return Buffer.concat([Buffer.of(tag, ...length), bytes]);
  };
  return Buffer.concat([field(0x0a, name), field(0x12, value)]);
}

describe('a pool of labels', () => {
  test('tells name and value, and gives equal labels as one object wherever they lie', () => {
    const pool = createLabelPool(10);
    const label = labelBytes('zone', 'nörth');
    const cursor = cursorOf(Buffer.concat([Buffer.of(1, 2, 3), label, label]));
    cursor.at = 3;
    const first = pool(cursor, 3 + label.length);
    expect(cursor.at).toBe(3 + label.length);
    const second = pool(cursor, 3 + 2 * label.length);
    expect(cursor.at).toBe(3 + 2 * label.length);
    expect(first).toMatchObject({ name: 'zone', value: 'nörth', isPlain: true, hasValue: true, fault: undefined });
    expect(second).toBe(first);
  });

  test('keeps no more labels than it may, and still tells all of them right', () => {
    const pool = createLabelPool(3);
    const names = ['a', 'b', 'c', 'd', 'a', 'e', 'd', 'b'];
    for (const name of names) {
      const bytes = labelBytes(name, `value of ${name}`);
      expect(pool(cursorOf(bytes), bytes.length)).toMatchObject({ name, value: `value of ${name}` });
    }
  });

  test('finds the fault of a label, also when it is met again', () => {
    const pool = createLabelPool(10);
    const faultOf = (name: string | Buffer, value: string | Buffer): unknown => {
      const bytes = labelBytes(name, value);
      return [pool(cursorOf(bytes), bytes.length).fault, pool(cursorOf(bytes), bytes.length).fault];
    };
    expect(faultOf('a', Buffer.of(0xff))).toEqual(['text-invalid', 'text-invalid']);
    expect(faultOf('a', 'nul \0 inside')).toEqual(['text-invalid', 'text-invalid']);
    expect(faultOf('__proto__', 'x')).toEqual(['text-invalid', 'text-invalid']);
    expect(faultOf('n'.repeat(129), 'x')).toEqual(['label-name-long', 'label-name-long']);
    expect(faultOf('n', 'x'.repeat(2049))).toEqual(['label-value-long', 'label-value-long']);
    expect(faultOf('__name__', 'x'.repeat(301))).toEqual(['metric-name-long', 'metric-name-long']);
    expect(faultOf('n', 'x')).toEqual([undefined, undefined]);
  });
});
