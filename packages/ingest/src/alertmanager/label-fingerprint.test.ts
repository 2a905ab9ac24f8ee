import { expect, test } from 'vitest';
import { fingerprintOfLabels } from './label-fingerprint.ts';

test('is the fingerprint that Alertmanager 0.25 gives the same labels, in any order', () => {
  expect(fingerprintOfLabels({ severity: 'page', alertname: 'Demo', instance: 'web-1' })).toBe('06c5319b5f2fb64e');
});

test('is the offset basis of FNV-1a (64 bit) for no labels', () => {
  expect(fingerprintOfLabels({})).toBe('cbf29ce484222325');
});

test('agrees with the definition in whole numbers, whatever the length and the script', () => {
  const long = { alertname: 'x'.repeat(20_000), ünï: 'Grüße 🎺', '\u{ff5e}': 'wide', '\u{1f3ba}': 'far', a: '1' };
  const bytes = Object.entries(long)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .flatMap(([name, value]) => [...Buffer.from(name), 255, ...Buffer.from(value), 255]);
  let expected = 0xcbf29ce484222325n;
  for (const byte of bytes) expected = ((expected ^ BigInt(byte)) * 0x100_0000_01b3n) & 0xffff_ffff_ffff_ffffn;
  expect(fingerprintOfLabels(long)).toBe(expected.toString(16).padStart(16, '0'));
});
