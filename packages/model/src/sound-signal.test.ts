import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { DiscreteSignal } from './signal.ts';
import { isSoundSignal } from './sound-signal.ts';

const common = { id: 'i', asset: 'pump', at: 5, labels: { host: 'a', job: '' } };
const whole = [
  { kind: 'event', ...common, title: 'Door opened', severity: 'low' },
  { kind: 'log', ...common, body: '', severity: 'info', traceId: 't' },
  { kind: 'change', ...common, change: 'deploy', title: 'v2', actor: 'kim' },
  {
    ...{ kind: 'alert', ...common, fingerprint: 'f', status: 'firing', title: 'Down', severity: 'high' },
    ...{ startedAt: 4, text: 'It is down.', link: 'http://a' },
  },
];
const severalValues = [
  ...[undefined, null, true, [], {}, '', ' ', ' a', 'a ', 'firing', 'high', 'a'.repeat(64), 'a'.repeat(65)],
  ...['a'.repeat(200), 'a'.repeat(201), 'a'.repeat(300), 'a'.repeat(301), 'a'.repeat(1000), 'a'.repeat(1001)],
  ...['a'.repeat(10_001), 'a'.repeat(65_537), 0, -1, 1.5, 2 ** 53 - 1, 2 ** 53, 1e300, 'NaN', '\u0000', '\ud800'],
  ...[{ '': 'a' }, { a: 1 }, { a: '' }, { a: 'a'.repeat(1024) }, { a: 'a'.repeat(1025) }, { ['a'.repeat(129)]: '' }],
  ...[{ a: null }, ['a'], JSON.parse('{"__proto__":"a"}'), JSON.parse('{"__proto__":{"a":"b"},"c":"d"}')],
  ...[64, 65].map((count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'b']))),
];

/** Each signal with one field left out, replaced or added. */
function* variations(): Generator<unknown> {
  for (const signal of whole) {
    yield signal;
    for (const name of [...Object.keys(signal), 'extra', 'constructor', 'toString', '__proto__']) {
      for (const value of severalValues) yield JSON.parse(textWith(signal, name, value));
    }
  }
  yield* [undefined, null, 'alert', 5, [], {}, { kind: 'sample' }, { kind: 'smell' }, { kind: ['alert'] }];
}

function textWith(signal: object, name: string, value: unknown): string {
  const others = Object.entries(signal).filter(([other]) => other !== name);
  const fields = value === undefined ? others : [...others, [name, value] as const];
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${JSON.stringify(field)}`).join(',')}}`;
}

it('takes only what the schema returns as it is', () => {
  let sound = 0;
  for (const value of variations()) {
    if (!isSoundSignal(value)) continue;
    sound += 1;
    const copy = structuredClone(value);
    expect(DiscreteSignal.safeParse(value)).toEqual({ success: true, data: copy });
  }
  expect(sound).toBeGreaterThan(100);
});

it('takes all that the schema returns as it is, but for what looks like a prototype', () => {
  const passedOver = [...variations()].filter((value) => {
    const parsed = DiscreteSignal.safeParse(value);
    const isAsItIs = parsed.success && isDeepStrictEqual(parsed.data, value);
    return isAsItIs && !isSoundSignal(value) && !JSON.stringify(value).includes('__proto__');
  });
  expect(passedOver).toEqual([]);
});
