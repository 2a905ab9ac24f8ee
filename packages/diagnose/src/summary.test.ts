import { expect, test } from 'vitest';
import type { Casefile } from './casefile.ts';
import type { EvidenceItem } from './diagnosis.ts';
import { rankCauses } from './rank-causes.ts';
import { summaryText } from './summary.ts';
import { calls, casefileOf, service } from './testing/casefile-fixture.ts';

const slowIndex = casefileOf({
  series: [
    ...service('shop', 0.2, { faultLevel: 0.4 }),
    ...service('index', 0.01, { faultLevel: 0.21 }),
    ...service('cart', 0.03),
  ],
  edges: [calls('shop', 'index'), calls('shop', 'cart')],
  target: { asset: 'shop', metric: 'latency' },
});
const slowShop: Casefile = casefileOf({
  series: [...service('shop', 0.2, { faultLevel: 0.6 }), ...service('index', 0.01), ...service('cart', 0.03)],
  edges: [calls('shop', 'index'), calls('shop', 'cart')],
  target: { asset: 'shop', metric: 'latency' },
});

test('a fault is told with its place, the confidence of the first hypothesis and the reason', () => {
  const diagnosis = rankCauses(slowIndex);
  const sure = Math.round((diagnosis.hypotheses[0]?.confidence ?? 0) * 100);
  expect(summaryText(diagnosis)).toMatch(
    new RegExp(
      `^index is the likely cause of the slowness of shop \\(confidence ${sure}%\\)\\. It became slow: its average latency rose from `,
    ),
  );
});

test('where the trouble is felt may be where it begins, and then the reason says why it is looked for nowhere else', () => {
  const diagnosis = rankCauses(slowShop);
  expect(diagnosis.hypotheses[0]).toMatchObject({ asset: 'shop' });
  expect(summaryText(diagnosis)).toMatch(
    /^The fault is most likely in shop itself \(confidence \d+%\)\. It became slow: .* none of the 2 measured assets that it depends on changed enough to explain it\.$/,
  );
  expect(diagnosis.hypotheses[0]?.evidence).toContainEqual(
    expect.objectContaining({ kind: 'own-trouble', numbers: { count: 2 }, forOrAgainst: 'for' }),
  );
});

test('without topology the reason says that nothing else could be looked at', () => {
  const alone = rankCauses(
    casefileOf({ series: service('shop', 0.2, { faultLevel: 0.6 }), target: { asset: 'shop', metric: 'latency' } }),
  );
  expect(alone.hypotheses[0]?.because).toContain('what it depends on is not known');
});

test('quiet is told as no fault and with the confidence of that', () => {
  const quiet = rankCauses(casefileOf({ series: service('shop', 0.2), target: { asset: 'shop', metric: 'latency' } }));
  expect(quiet.verdict).toBe('no-fault');
  expect(summaryText(quiet)).toMatch(/^No fault was found \(confidence \d+%\): /);
});

const KIND_NUMBER = /([\d.]+)( ms| s|%)?/g;

/** Numbers of a sentence about a change, in seconds where it names a duration. */
function quoted(text: string): number[] {
  const told = text.replace(/^.*?(rose|fell) from /, '');
  return [...told.matchAll(KIND_NUMBER)].map(([, digits, unit]) => Number(digits) * (unit === ' ms' ? 1e-3 : 1));
}

test('what a sentence quotes are the numbers of its evidence, rounded to three digits, the spread to two', () => {
  const series = slowIndex.series.map((one) => (one.metric === 'latency' ? { ...one, unit: 's' } : one));
  const changes = rankCauses({ ...slowIndex, series })
    .hypotheses.flatMap((one) => one.evidence)
    .filter((item): item is EvidenceItem => item.kind === 'metric-change');
  expect(changes.length).toBeGreaterThan(1);
  for (const { text, numbers } of changes) {
    const [before, after, spread] = quoted(text);
    expect(before).toBeCloseTo(Number((numbers.before ?? 0).toPrecision(3)), 9);
    expect(after).toBeCloseTo(Number((numbers.after ?? 0).toPrecision(3)), 9);
    expect(Math.abs((spread ?? 0) - Math.abs(numbers.deviation ?? 0))).toBeLessThanOrEqual(0.5);
  }
});

test('every text of a diagnosis stays on one line and holds no double quote, whatever people called their changes', () => {
  const change = {
    id: 'd1',
    asset: 'index',
    atMs: slowIndex.window.faultFromMs,
    kind: 'deploy',
    title: 'the "fast"\nindex',
  };
  const diagnosis = rankCauses({ ...slowIndex, changes: [change] });
  const texts = [
    summaryText(diagnosis),
    ...diagnosis.hypotheses.flatMap((one) => [one.because, ...one.evidence.map((item) => item.text)]),
    ...diagnosis.ruledOut.map((one) => one.why),
    ...diagnosis.missing,
  ];
  expect(diagnosis.hypotheses[0]?.because).toContain("the deploy the 'fast' index came shortly before");
  for (const text of texts) expect(text).not.toMatch(/["\n]/);
});
