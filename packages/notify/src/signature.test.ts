import { expect, test } from 'vitest';
import { sign, verifySignature } from './signature.ts';

const secret = 'a-secret-of-this-test';
const body = '{"status":"firing"}';
const nowMs = 1_767_571_200_000;
const header = sign(body, secret, nowMs);

test('a signature holds for its body, secret and time', () => {
  expect(header).toMatch(/^t=1767571200,v1=[0-9a-f]{64}$/);
  expect(verifySignature(header, body, { secret, nowMs })).toBe(true);
  expect(verifySignature(header, body, { secret, nowMs: nowMs + 299_000 })).toBe(true);
});

test.each([
  ['another body', header, `${body} `, secret, nowMs],
  ['another secret', header, body, 'another-secret-of-it', nowMs],
  ['a message that is replayed later', header, body, secret, nowMs + 301_000],
  ['a message from the future', header, body, secret, nowMs - 301_000],
  ['a changed time', header.replace('t=1767571200', 't=1767571201'), body, secret, nowMs],
  ['no signature', 't=1767571200', body, secret, nowMs],
  ['a short signature', 't=1767571200,v1=00', body, secret, nowMs],
  ['rubbish', ',,=,t=,v1', body, secret, nowMs],
  ['nothing', '', body, secret, nowMs],
])('a signature does not hold for %s', (_, given, text, key, at) => {
  expect(verifySignature(given, text, { secret: key, nowMs: at })).toBe(false);
});

test('one of several signatures is enough, so that a secret can be changed without a gap', () => {
  const other = sign(body, 'the-new-secret-of-it', nowMs).split(',')[1];
  expect(verifySignature(`${header},${other}`, body, { secret: 'the-new-secret-of-it', nowMs })).toBe(true);
});
