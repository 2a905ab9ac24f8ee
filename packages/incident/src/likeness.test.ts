import { AssetId } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import { observeAlert } from './alert-rules.ts';
import { addTraits, likenessMin, likenessOf, traitsMax, wordsOf } from './likeness.ts';
import { alert, bench, callGraph } from './testing/recorded.ts';

const shop = {
  assets: [AssetId.parse('web')],
  traits: new Set(['service=shop', 'cluster=eu-1', 'namespace=prod', 'pod=web-1']),
  words: new Set([wordsOf({ title: 'High latency on web 12', asset: AssetId.parse('web') })]),
};

function likeness(labels: Readonly<Record<string, string>>, title = 'Disk is full', asset = 'other') {
  const id = AssetId.parse(asset);
  return likenessOf({ asset: id, labels, words: wordsOf({ title, asset: id }) }, shop);
}

describe('likeness', () => {
  test.each([
    ['equal words but for names and numbers', {}, 'High latency on other 7', false],
    ['one place', { cluster: 'eu-1' }, 'Disk is full', false],
    ['two places', { cluster: 'eu-1', namespace: 'prod' }, 'Disk is full', false],
    ['equal words in one place', { cluster: 'eu-1' }, 'High latency on other 7', true],
    [
      'equal words in one place, of another service',
      { cluster: 'eu-1', service: 'bank' },
      'High latency on other',
      true,
    ],
    ['equal words in another place', { cluster: 'us-1' }, 'High latency on other', false],
    ['one service', { service: 'shop' }, 'Disk is full', true],
    ['a label that names the asset, with a port', { instance: 'WEB:9090' }, 'Disk is full', true],
    ['the same scraper', { prometheus: 'eu-1', job: 'node' }, 'Disk is full', false],
  ] as const)('by %s', (_, labels, title, isAlike) => {
    expect(likeness(labels, title).points >= likenessMin.unknown).toBe(isAlike);
  });

  test('says why', () => {
    expect(likeness({ service: 'shop', cluster: 'eu-1' }).reasons).toEqual([
      'both have service=shop',
      'both have cluster=eu-1',
    ]);
  });

  test('takes a name out of the words as a whole only, whatever is in it', () => {
    expect(wordsOf({ title: 'a disk of a fails', asset: AssetId.parse('a') })).toBe('disk fails of');
    expect(wordsOf({ title: 'pump-7/motor (x) is hot', asset: AssetId.parse('pump-7/motor (x)') })).toBe('hot is');
  });

  test('remembers a bounded number of labels, and not too many values of one', () => {
    const traits = new Set<string>();
    for (let index = 0; index < 500; index += 1) addTraits(traits, { pod: `p${index}`, [`label${index}`]: 'x' });
    expect(traits.size).toBe(traitsMax);
    expect([...traits].filter((trait) => trait.startsWith('pod=')).length).toBe(16);
  });
});

describe('alerts that no map connects', () => {
  const labels = { alertname: 'HighLatency', cluster: 'eu-1' };

  test('are one incident by labels and words within five minutes, with the reason told', () => {
    const { book, context } = bench();
    observeAlert(book, alert({ asset: 'a', atMinute: 0, fingerprint: 'a', labels }), context);
    observeAlert(book, alert({ asset: 'b', atMinute: 4, fingerprint: 'b', labels }), context);
    observeAlert(book, alert({ asset: 'c', atMinute: 20, fingerprint: 'c', labels }), context);
    const cases = [...book.cases.values()];
    expect(cases.map(({ incident }) => incident.assets)).toEqual([['a', 'b'], ['c']]);
    expect(cases[0]?.entries.map(({ reason }) => reason)).toEqual([
      undefined,
      'both have cluster=eu-1, they say the same',
    ]);
  });

  test('need more when the map knows both and connects neither', () => {
    const { book, context } = bench(callGraph('a>x', 'b>y'));
    for (const asset of ['a', 'b'])
      observeAlert(book, alert({ asset, atMinute: 0, fingerprint: asset, labels }), context);
    expect(book.cases.size).toBe(2);
    const own = { ...labels, service: 'shop' };
    const third = bench(callGraph('a>x', 'b>y'));
    for (const asset of ['a', 'b']) {
      observeAlert(third.book, alert({ asset, atMinute: 0, fingerprint: asset, labels: own }), third.context);
    }
    expect(third.book.cases.size).toBe(1);
  });
});

describe('what senders claim', () => {
  test.each([
    ['critical', ['db'], {}, 'high'],
    ['critical', ['db', 'cart'], {}, 'critical'],
    ['critical', ['db'], { slo: 'checkout' }, 'critical'],
    ['critical', ['web'], {}, 'critical'],
    ['medium', ['web', 'cart'], {}, 'high'],
    ['low', ['db'], {}, 'low'],
  ] as const)('%s on %j with %j is %s', (severity, assets, labels, expected) => {
    const { book, context } = bench(callGraph('web>cart', 'cart>db'));
    for (const asset of assets) {
      observeAlert(book, alert({ asset, atMinute: 0, fingerprint: asset, severity, labels }), context);
    }
    expect([...book.cases.values()].map(({ incident }) => incident.severity)).toEqual([expected]);
  });
});
