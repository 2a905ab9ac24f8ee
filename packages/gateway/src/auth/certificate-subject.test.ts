import { describe, expect, it } from 'vitest';
import { canonicalSubject } from './certificate-subject.ts';

describe('a subject', () => {
  it.each([
    ['CN=plant-7,O=Acme', 'CN=plant-7,O=Acme'],
    ['cn = plant-7 , o=Acme', 'CN=plant-7,O=Acme'],
    ['O=Acme\nCN=plant-7', 'CN=plant-7,O=Acme'],
    ['CN=plant-7\n', 'CN=plant-7'],
    ['OU=a + CN=b,O=Acme', 'CN=b+OU=a,O=Acme'],
    ['O=Acme\\, Inc.\nCN=plant-7', 'CN=plant-7,O=Acme\\, Inc.'],
    ['CN=a\\+b,2.5.4.10=Acme', 'CN=a\\+b,2.5.4.10=Acme'],
    ['CN=M\\C3\\BCller,O=a\\2Cb', 'CN=Müller,O=a\\,b'],
    ['O=Köln\nCN=a=b', 'CN=a=b,O=Köln'],
    ['CN=', 'CN='],
  ])('%j is %j', (subject, canonical) => {
    expect(canonicalSubject(subject)).toBe(canonical);
  });

  it.each(['', 'plant-7', '/O=Acme/CN=plant-7', 'CN=a,,O=b', '=a'])('%j is no name', (subject) => {
    expect(canonicalSubject(subject)).toBeUndefined();
  });
});
