import { describe, expect, it } from 'vitest';
import { canonicaliseText } from './canonical-text.ts';

function textOf(input: string | Uint8Array): string {
  const outcome = canonicaliseText(input);
  if (!outcome.ok) throw new Error(outcome.reason.message);
  return outcome.value.text;
}

describe('canonicaliseText', () => {
  it('gives one text and one hash for every newline, byte order mark and Unicode form of the same words', () => {
    const forms = ['é\nb\n', '\uFEFFe\u0301\r\nb\r', 'é\u2028b\n', new TextEncoder().encode('\uFEFFé\r\nb\r\n')];
    const outcomes = forms.map((form) => canonicaliseText(form));
    expect(new Set(outcomes.map((outcome) => outcome.ok && outcome.value.sha256)).size).toBe(1);
    expect(textOf('\uFEFFe\u0301\r\nb\r')).toBe('é\nb\n');
  });

  it('changes nothing when it is applied twice', () => {
    const once = textOf('\uFEFF\uFEFFA\u030A \r\r\n \uD800 end');
    expect(textOf(once)).toBe(once);
  });

  it('hashes the UTF-8 bytes with SHA-256', () => {
    const outcome = canonicaliseText('abc');
    expect(outcome.ok && outcome.value.sha256).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it.each([
    ['a NUL', 'a\0b', 'invalid-request'],
    ['bytes that are not UTF-8', new Uint8Array([0x50, 0x4b, 0x03, 0xff, 0xfe]), 'invalid-request'],
    ['nothing but white space', '\uFEFF \r\n\t', 'invalid-request'],
    ['more characters than allowed', 'x'.repeat(2_000_001), 'too-large'],
    ['more bytes than allowed', new Uint8Array(6_000_001), 'too-large'],
  ])('refuses %s with a reason', (_, input, code) => {
    expect(canonicaliseText(input)).toMatchObject({ ok: false, reason: { code } });
  });

  it('counts the limit after composition too, because composition may lengthen a text', () => {
    expect(canonicaliseText('\u0958'.repeat(10), 15)).toMatchObject({ ok: false, reason: { code: 'too-large' } });
  });
});
