import { describe, expect, it } from 'vitest';
import { HeliosError } from './errors.ts';
import { parseJsonText } from './json-text.ts';
import { isStorableText, storableText, unstorablePathOf } from './storable-text.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function faultOf(body: string | Uint8Array, limits = {}): HeliosError {
  try {
    parseJsonText(typeof body === 'string' ? bytesOf(body) : body, limits);
  } catch (error) {
    if (error instanceof HeliosError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

describe('untrusted JSON', () => {
  it('parses what is well formed and within limits, with or without a byte order mark', () => {
    expect(parseJsonText(bytesOf('\u{FEFF}[{"a":"]}\\""},1e3]'))).toEqual([{ a: ']}"' }, 1000]);
  });

  it('refuses deep nesting before it builds anything, and ignores brackets inside strings', () => {
    expect(faultOf('['.repeat(1000) + ']'.repeat(1000)).code).toBe('too-deep');
    expect(faultOf('['.repeat(20_000_000)).code).toBe('too-deep');
    expect(parseJsonText(bytesOf(JSON.stringify(['['.repeat(1000)])))).toHaveLength(1);
  });

  it('refuses more elements or values than asked for', () => {
    expect(faultOf('[1,2,3]', { itemsMax: 2 }).code).toBe('too-large');
    expect(faultOf(`[[${'{},'.repeat(50)}{}]]`, { valuesMax: 50 }).code).toBe('too-large');
    expect(parseJsonText(bytesOf('[1,2]'), { itemsMax: 2 })).toEqual([1, 2]);
  });

  it.each([
    ['[{"a":NaN}]', 1, 7],
    ['{"a":1\n "b":2}', 2, 2],
    ['[1,]', 1, 4],
    ['{"a":1', 1, 7],
    ['{"a":"x', 1, 8],
    ['[1]\n]', 2, 1],
    ['', 1, 1],
    ["['a']", 1, 2],
    ['{a:1}', 1, 2],
    ['[01]', 1, 2],
    ['["\\q"]', 1, 3],
  ])('says where %j is broken', (text, line, column) => {
    expect(faultOf(text)).toMatchObject({ code: 'invalid-json', field: `line ${line}, column ${column}` });
  });

  it('survives megabytes of white space, digits and string before the fault', () => {
    for (const filler of [' '.repeat(8e6), '1'.repeat(8e6), `"${'a'.repeat(8e6)}"`]) {
      expect(faultOf(`[${filler}`).code).toBe('invalid-json');
    }
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(faultOf(Uint8Array.of(0x22, 0xff, 0x22)).code).toBe('invalid-json');
  });

  it('keeps a property named __proto__ away from prototypes', () => {
    const value = parseJsonText(bytesOf('{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('text for the stores', () => {
  it('finds U+0000 and lone surrogates wherever they hide', () => {
    expect(unstorablePathOf({ assets: [{ id: 'a' }, { id: 'b\0' }] })).toBe('assets[1].id');
    expect(unstorablePathOf({ labels: { '\ud800': 'x' } })).toBe('labels.(a property name)');
    expect(unstorablePathOf([{ text: '\u{1F600} fine' }])).toBeUndefined();
  });

  it('replaces what cannot be stored and leaves the rest', () => {
    expect(storableText('a\0b\udc00c')).toBe('a\u{FFFD}b\u{FFFD}c');
    expect(isStorableText(storableText('\0'))).toBe(true);
  });
});
