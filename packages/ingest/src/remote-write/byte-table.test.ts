import { describe, expect, test } from 'vitest';
import { addKey, createByteTable, findKey, hashOfBytes, isKeyAt } from './byte-table.ts';
import type { ByteTable } from './byte-table.ts';

function sourceOf(text: string) {
  // Behind one byte, so that words are not aligned.
  const bytes = Buffer.from(`-${text}`);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

function find(table: ByteTable, text: string, hash?: number): number {
  const source = sourceOf(text);
  const range = { from: 1, to: source.bytes.length };
  return findKey(table, source, { ...range, hash: hash ?? hashOfBytes(source, range.from, range.to) });
}

function add(table: ByteTable, text: string, hash?: number): number {
  const source = sourceOf(text);
  const range = { from: 1, to: source.bytes.length };
  return addKey(table, source, { ...range, hash: hash ?? hashOfBytes(source, range.from, range.to) });
}

describe('a table of byte strings', () => {
  test('finds every key by its number, short, long and empty ones', () => {
    const table = createByteTable();
    const keys = ['', ...Array.from({ length: 3000 }, (_, index) => `${'k'.repeat(index % 300)}${index}`)];
    for (const [number, key] of keys.entries()) expect(add(table, key)).toBe(number);
    for (const [number, key] of keys.entries()) expect(find(table, key)).toBe(number);
    expect(find(table, 'never added')).toBe(-1);
  });

  test('tells keys apart that have the same hash', () => {
    const table = createByteTable();
    const keys = ['one', 'two', `${'x'.repeat(200)}1`, `${'x'.repeat(200)}2`];
    for (const key of keys) add(table, key, 7);
    for (const [number, key] of keys.entries()) expect(find(table, key, 7)).toBe(number);
    expect(find(table, 'six', 7)).toBe(-1);
  });

  test('stays quick when somebody knows colliding keys: they push each other out, and no wrong one is ever found', () => {
    const table = createByteTable();
    for (let index = 0; index < 1000; index += 1) add(table, `key ${index}`, 12345);
    const found = Array.from({ length: 1000 }, (_, index) => find(table, `key ${index}`, 12345));
    expect(found.filter((number) => number >= 0).length).toBeLessThan(40);
    for (const [index, number] of found.entries()) expect(number === -1 || number === index).toBe(true);
    expect(find(table, 'another')).toBe(-1);
  });

  test('compares all bytes of a guess', () => {
    const table = createByteTable();
    for (const length of [3, 4, 7, 16, 97, 319, 320, 500]) {
      const text = 'a'.repeat(length);
      const key = add(table, text);
      expect(isKeyAt(table, key, sourceOf(text), 1)).toBe(true);
      for (let at = 0; at < length; at += 1) {
        expect(isKeyAt(table, key, sourceOf(`${text.slice(0, at)}b${text.slice(at + 1)}`), 1)).toBe(false);
      }
    }
  });
});
