import { describe, expect, test } from 'vitest';
import { observeAlert } from './alert-rules.ts';
import { observeAnomaly } from './anomaly-rules.ts';
import { refreshImpact } from './impact.ts';
import { resolveRecovered } from './recovery.ts';
import { alert, anomaly, bench, callGraph, epoch, minuteMs } from './testing/recorded.ts';

const shop = callGraph('web>cart', 'cart>db', 'web>search', 'farm>barn', 'barn>silo');

function incidentsOf(book: ReturnType<typeof bench>['book']) {
  return [...book.cases.values()].map(({ incident }) => incident);
}

describe('opening', () => {
  test('one weak blip of one series opens nothing', () => {
    const { book, context } = bench(shop);
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 0 }), context);
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 0, closed: true }), context);
    expect(incidentsOf(book)).toHaveLength(0);
  });

  test('a weak blip in every statistic of one metric is still one blip', () => {
    const { book, context } = bench(shop);
    for (const statistic of ['Average', 'p50', 'p90', 'p95', 'p99']) {
      observeAnomaly(book, anomaly({ asset: 'web', labels: { statistic }, atMinute: 0 }), context);
    }
    expect(incidentsOf(book)).toHaveLength(0);
  });

  test('a third consecutive anomalous sample opens one incident', () => {
    const { book, context } = bench(shop);
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 0, samples: 1 }), context);
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 0, samples: 2 }), context);
    expect(incidentsOf(book)).toHaveLength(0);
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 0, samples: 3 }), context);
    expect(incidentsOf(book)).toHaveLength(1);
  });

  test('a huge, very unlikely deviation opens at its first sample', () => {
    const { book, context } = bench();
    observeAnomaly(
      book,
      anomaly({ asset: 'pump', metric: 'temperature', atMinute: 0, score: 1 - 1e-7, deviation: 25 }),
      context,
    );
    expect(incidentsOf(book)).toHaveLength(1);
  });

  test('a strong fall of latency opens nothing: nobody is hurt', () => {
    const { book, context } = bench();
    const fall = anomaly({ asset: 'web', atMinute: 0, samples: 3, direction: 'down', score: 1 - 1e-6, deviation: -25 });
    observeAnomaly(book, fall, context);
    expect(incidentsOf(book)).toHaveLength(0);
  });

  test('availability that rose opens nothing, in any number', () => {
    const { book, context } = bench(shop);
    for (const asset of ['web', 'cart', 'search', 'db']) {
      const rise = { asset, metric: 'availability', unit: '%', direction: 'up', value: 100, expected: 99.6 } as const;
      observeAnomaly(book, anomaly({ ...rise, atMinute: 0, samples: 3, score: 1, deviation: 0 }), context);
    }
    expect(incidentsOf(book)).toHaveLength(0);
  });

  test('moderate anomalies of neighbours within the window open one incident together', () => {
    const { book, context } = bench(shop);
    for (const asset of ['web', 'cart', 'search']) observeAnomaly(book, anomaly({ asset, atMinute: 0 }), context);
    expect(incidentsOf(book)).toHaveLength(1);
    expect(incidentsOf(book)[0]?.assets).toEqual(expect.arrayContaining(['web', 'cart', 'search']));
  });

  test('the same anomalies an hour apart open nothing', () => {
    const { book, context } = bench(shop);
    for (const [index, asset] of ['web', 'cart', 'search'].entries()) {
      observeAnomaly(book, anomaly({ asset, atMinute: 60 * index, closed: true }), context);
    }
    expect(incidentsOf(book)).toHaveLength(0);
  });

  test('an alert opens one, an info alert does not', () => {
    const { book, context } = bench(shop);
    observeAlert(book, alert({ asset: 'web', atMinute: 0, severity: 'info', fingerprint: 'note' }), context);
    expect(incidentsOf(book)).toHaveLength(0);
    observeAlert(book, alert({ asset: 'web', atMinute: 0 }), context);
    expect(incidentsOf(book)).toMatchObject([{ title: 'web: Error budget burns', severity: 'high', assets: ['web'] }]);
  });
});

describe('grouping', () => {
  test('two troubles far apart at the same time are two incidents', () => {
    const { book, context } = bench(shop);
    for (const asset of ['web', 'silo']) observeAnomaly(book, anomaly({ asset, atMinute: 0, samples: 3 }), context);
    expect(incidentsOf(book).map(({ assets }) => assets)).toEqual([['web'], ['silo']]);
  });

  test('assets without edges are one incident only when each starts at the same moment and is strong by itself', () => {
    const { book, context } = bench();
    observeAnomaly(book, anomaly({ asset: 'a', atMinute: 0, samples: 3 }), context);
    observeAnomaly(book, anomaly({ asset: 'b', atMinute: 1, samples: 3 }), context);
    observeAnomaly(book, anomaly({ asset: 'c', atMinute: 10, samples: 3 }), context);
    expect(incidentsOf(book).map(({ assets }) => assets)).toEqual([['a', 'b'], ['c']]);
  });

  test('two services of one big host are not near each other, each is near the host', () => {
    const many = Array.from({ length: 60 }, (_, index) => `host>s${index}`);
    const { book, context } = bench(callGraph(...many));
    for (const asset of ['s1', 's2'])
      observeAnomaly(book, anomaly({ asset, atMinute: 0, samples: 3, score: 1 - 1e-8 }), context);
    expect(incidentsOf(book)).toHaveLength(2);
    observeAnomaly(book, anomaly({ asset: 'host', metric: 'cpu', atMinute: 0, samples: 3 }), context);
    expect(incidentsOf(book)).toHaveLength(2);
  });

  test('anomalies and an alert of the same trouble are one incident whose entry has no affected caller', () => {
    const { book, context } = bench(shop);
    observeAnomaly(book, anomaly({ asset: 'db', atMinute: 0, samples: 3 }), context);
    observeAlert(book, alert({ asset: 'cart', atMinute: 12 }), context);
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 5, unit: 's', samples: 2 }), context);
    expect(book.cases.size).toBe(1);
    for (const target of book.cases.values()) {
      refreshImpact(target, context);
      expect(target.incident).toMatchObject({
        title: 'web latency is high (150 ms, usually 100 ms) and 2 more assets affected',
        entry: { asset: 'web', metric: 'latency' },
        severity: 'high',
        occurrences: 3,
      });
    }
  });
});

describe('time', () => {
  test('an open anomaly that is not renewed draws others in for a few of its steps and no longer', () => {
    const { book, context } = bench(shop);
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 0, samples: 3 }), context);
    observeAnomaly(book, anomaly({ asset: 'cart', atMinute: 10 + 12 + 15, samples: 3 }), context);
    expect(incidentsOf(book).map(({ assets }) => assets)).toEqual([['web', 'cart']]);
    observeAnomaly(book, anomaly({ asset: 'search', atMinute: 100, samples: 3 }), context);
    expect(incidentsOf(book).map(({ assets }) => assets)).toEqual([['web', 'cart'], ['search']]);
  });

  test('a fault hours after an outage whose end is not told yet is an incident of its own, in either order', () => {
    const outage = ['web', 'cart'].map((asset) => anomaly({ asset, atMinute: 0, samples: 4 }));
    const fault = ['web', 'search'].map((asset) => anomaly({ asset, atMinute: 300, samples: 3 }));
    for (const order of [
      [...outage, ...fault],
      [...fault, ...outage],
    ]) {
      const { book, context } = bench(shop);
      for (const one of order) {
        observeAnomaly(book, one, context);
        for (const target of book.cases.values()) refreshImpact(target, context);
      }
      const found = incidentsOf(book).map(({ startedAt, assets }) => ({ startedAt, assets: [...assets].sort() }));
      expect(found.sort((a, b) => a.startedAt - b.startedAt)).toEqual([
        { startedAt: epoch, assets: ['cart', 'web'] },
        { startedAt: epoch + 300 * minuteMs, assets: ['search', 'web'] },
      ]);
    }
  });
});

describe('repeats', () => {
  test('40 re-fires are 40 occurrences of one incident, and seeing them again changes nothing', () => {
    const { book, context } = bench(shop);
    const fires = Array.from({ length: 40 }, (_, index) => alert({ asset: 'web', atMinute: index }));
    for (const fire of [...fires, ...fires]) observeAlert(book, fire, context);
    expect(incidentsOf(book)).toMatchObject([{ occurrences: 40 }]);
  });

  test('seeing anomalies again changes nothing', () => {
    const { book, context } = bench(shop);
    const seen = [1, 2, 3, 4].map((samples) => anomaly({ asset: 'web', atMinute: 0, samples }));
    for (const one of seen) observeAnomaly(book, one, context);
    const before = structuredClone(incidentsOf(book));
    for (const one of seen) observeAnomaly(book, one, context);
    expect(incidentsOf(book)).toEqual(before);
  });
});

describe('recovery', () => {
  const at = (minute: number): number => epoch + minute * minuteMs;

  test('an incident resolves by itself a quiet period after its last sign of trouble, not earlier', () => {
    const { book, context } = bench(shop);
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 0, samples: 3 }), context);
    resolveRecovered(book, at(60), context);
    expect(incidentsOf(book)[0]?.status).toBe('open');
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 0, samples: 3, closed: true }), context);
    resolveRecovered(book, at(15 + 14), context);
    expect(incidentsOf(book)[0]?.status).toBe('open');
    resolveRecovered(book, at(15 + 15), context);
    expect(incidentsOf(book)[0]).toMatchObject({ status: 'resolved', resolvedBy: 'recovery' });
  });

  test('a firing alert keeps it open until the alert is over', () => {
    const { book, context } = bench(shop);
    observeAlert(book, alert({ asset: 'web', atMinute: 0 }), context);
    resolveRecovered(book, at(120), context);
    expect(incidentsOf(book)[0]?.status).toBe('open');
    observeAlert(book, alert({ asset: 'web', atMinute: 121, status: 'resolved' }), context);
    resolveRecovered(book, at(136), context);
    expect(incidentsOf(book)[0]?.status).toBe('resolved');
  });

  test('the same trouble within the reopen window reopens, after it opens a new incident', () => {
    const { book, context } = bench(shop);
    const strike = (atMinute: number): void => {
      observeAnomaly(book, anomaly({ asset: 'web', atMinute, samples: 3 }), context);
      observeAnomaly(book, anomaly({ asset: 'web', atMinute, samples: 3, closed: true }), context);
      for (const target of book.cases.values()) refreshImpact(target, context);
    };
    strike(0);
    resolveRecovered(book, at(30), context);
    strike(60);
    expect(incidentsOf(book)).toMatchObject([{ status: 'open', reopenedCount: 1, occurrences: 2 }]);
    resolveRecovered(book, at(100), context);
    strike(400);
    expect(incidentsOf(book)).toMatchObject([{ status: 'resolved' }, { status: 'open', reopenedCount: 0 }]);
  });

  test('an alert that fires again within the reopen window reopens', () => {
    const { book, context } = bench(shop);
    observeAlert(book, alert({ asset: 'web', atMinute: 0 }), context);
    observeAlert(book, alert({ asset: 'web', atMinute: 5, status: 'resolved' }), context);
    resolveRecovered(book, at(30), context);
    observeAlert(book, alert({ asset: 'web', atMinute: 40 }), context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'open', reopenedCount: 1, occurrences: 2 }]);
  });
});

test('what began long before the trouble is not of it, and no chain of blips leads back', () => {
  const { book, context } = bench(shop);
  const blip = (asset: string, atMinute: number): void =>
    observeAnomaly(book, anomaly({ asset, atMinute, score: 1 - 10 ** -4.2, closed: atMinute < 60 }), context);
  blip('db', 30);
  blip('search', 40);
  observeAnomaly(
    book,
    anomaly({ asset: 'web', metric: 'cpu', atMinute: 0, samples: 13, score: 1 - 10 ** -3.5 }),
    context,
  );
  blip('cart', 60);
  observeAnomaly(book, anomaly({ asset: 'web', atMinute: 70, samples: 3 }), context);
  const [incident, ...others] = incidentsOf(book);
  expect(others).toEqual([]);
  expect(incident).toMatchObject({ assets: expect.arrayContaining(['web', 'cart']), startedAt: epoch + 60 * minuteMs });
  expect(incident?.assets).toHaveLength(2);
});
