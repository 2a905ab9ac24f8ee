import { describe, expect, it } from 'vitest';
import { isWireObject } from './alert-report.ts';
import { createAlertTexts } from './alert-texts.ts';
import type { ReadMessage } from './alert-texts.ts';

const firing = (fingerprint: string): string =>
  JSON.stringify({ status: 'firing', labels: { a: '{"[,]\\"}' }, startsAt: '2026-01-01T00:00:00Z', fingerprint });
const bodyOf = (alerts: readonly string[], more = '"groupKey":"{}:{a=\\"b\\"}"'): Buffer =>
  Buffer.from(`{"receiver":"alerts","alerts": [ ${alerts.join(' , ')} ],${more}}`);
const known = (fingerprint: string) => ({ fingerprint, startsAt: '2026-01-01T00:00:00Z' });

/** Texts that know the given firings. */
function textsThatKnow(...fingerprints: readonly string[]) {
  const texts = createAlertTexts();
  const read = texts.read(bodyOf(fingerprints.map(firing)));
  for (const [index, fingerprint] of fingerprints.entries()) read.learn(index, known(fingerprint));
  return texts;
}

/** The message with every known alert in its place. */
function withKnown(read: ReadMessage): unknown {
  const { message } = read;
  if (!isWireObject(message) || !Array.isArray(message['alerts'])) return message;
  const alerts: readonly unknown[] = message['alerts'];
  const whole = alerts.map((alert, index) => (read.known(index) === undefined ? alert : read.alert(index)));
  return { ...message, alerts: whole };
}

describe('the text of an alert', () => {
  it('is known again at any place of any body, and what is not known is read', () => {
    const texts = textsThatKnow('one', 'two');
    const read = texts.read(bodyOf([firing('three'), firing('two'), '5', firing('one')], '"alertsX":[{}]'));
    expect([0, 1, 2, 3].map((index) => read.known(index)?.fingerprint)).toEqual([undefined, 'two', undefined, 'one']);
    expect(read.message).toEqual({
      receiver: 'alerts',
      alerts: [JSON.parse(firing('three')), null, 5, null],
      alertsX: [{}],
    });
    expect(read.alert(1)).toEqual(JSON.parse(firing('two')));
  });

  it('with one byte changed is another', () => {
    const read = textsThatKnow('one').read(bodyOf([firing('one').replace('firing', 'firinG')]));
    expect(read.known(0)).toBeUndefined();
  });

  it.each([
    ['no list', '{"alert":[{}]}'],
    ['a list that is empty', '{"alerts":[]}'],
    ['no object', '[{"alerts":[{}]}]'],
    ['an alert that is none', '{"alerts":[null,[{}],"{}"]}'],
    ['the list in something else', '{"a":{"alerts":[{}]}}'],
    ['the name as a value', '{"a":"alerts","b":[{}]}'],
    ['a name of the same bytes in escapes', String.raw`{"alert\u0073":[{}]}`],
  ])('of a body with %s is read as JSON says', (_, body) => {
    expect(createAlertTexts().read(Buffer.from(body)).message).toEqual(JSON.parse(body));
  });

  it('of one list is never taken for that of another that has the same name', () => {
    const texts = createAlertTexts();
    for (const name of ['alerts', String.raw`alert\u0073`]) {
      const body = Buffer.from(`{"alerts":[${firing('one')}],"${name}":[${firing('two')}]}`);
      const read = texts.read(body);
      expect(read.message).toEqual({ alerts: [JSON.parse(firing('two'))] });
      read.learn(0, known('two'));
    }
    expect(texts.read(bodyOf([firing('one')])).known(0)).toBeUndefined();
  });

  it('that is known makes nothing JSON that is not', () => {
    const texts = textsThatKnow('one');
    const one = firing('one');
    for (const alerts of [`${one}${one}`, `${one}x`, `-${one}`, `${one} ${one}`, `1${one}`, `"a"${one}`, `${one}.5`]) {
      const body = bodyOf([alerts]);
      expect(() => texts.read(body)).toThrow(/column/);
    }
    expect(() => texts.read(Buffer.from(`{"alerts":[${one}`))).toThrow(/JSON|column/);
  });

  it('makes no way around the limits of untrusted JSON', () => {
    const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
    expect(() => textsThatKnow('one').read(bodyOf([firing('one'), deep]))).toThrow(/nested/);
    expect(() => createAlertTexts().read(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toThrow(/UTF-8/);
  });

  it('is forgotten when newer ones need the room', () => {
    const texts = textsThatKnow('first');
    const filler = 'x'.repeat(3_000);
    for (let round = 0; round < 30; round += 1) {
      const names = Array.from({ length: 100 }, (_, index) => `${filler}-${round}-${index}`);
      const read = texts.read(bodyOf(names.map(firing)));
      for (const [index, name] of names.entries()) read.learn(index, known(name));
    }
    expect(texts.read(bodyOf([firing('first')])).known(0)).toBeUndefined();
    expect(texts.read(bodyOf([firing(`${filler}-29-99`)])).known(0)?.fingerprint).toBe(`${filler}-29-99`);
  });

  it('reads any cut and any mixing of bodies as JSON alone does', () => {
    const texts = textsThatKnow('one', 'two');
    const whole = bodyOf([firing('one'), firing('three'), firing('two')]).toString();
    for (let cut = 0; cut < whole.length; cut += 1) {
      for (const body of [
        whole.slice(0, cut),
        whole.slice(0, cut) + whole.slice(cut + 1),
        `${whole.slice(0, cut)}"${whole.slice(cut)}`,
      ]) {
        const outcome = (read: () => unknown): unknown => {
          try {
            return read();
          } catch {
            return 'no JSON';
          }
        };
        const expected = outcome(() => JSON.parse(body));
        const found = outcome(() => withKnown(texts.read(Buffer.from(body))));
        expect({ body, found }).toEqual({ body, found: expected });
      }
    }
  });
});
