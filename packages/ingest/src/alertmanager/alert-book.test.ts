import { expect, test } from 'vitest';
import { createAlertBook } from './alert-book.ts';
import type { AlertReport } from './alert-report.ts';
import { alertDefaults } from './alert-settings.ts';

const now = 1_000_000;

function reportOf(fingerprint: string, startsAt: number, endsAt?: number): AlertReport {
  const times = { isFiring: endsAt === undefined, startsAt, endsAt };
  const words = { labels: { alertname: 'Down' }, annotations: {}, pages: {}, link: undefined, values: undefined };
  return { fingerprint, ...times, ...words, source: { way: 'webhook', origin: 'http://here' } };
}

test('of alerts that are over, that which was over first is forgotten first', () => {
  const book = createAlertBook({ ...alertDefaults, alertsMax: 2 });
  const firing = (fingerprint: string, startsAt: number) =>
    book.observe(reportOf(fingerprint, startsAt), undefined, now);
  const end = (fingerprint: string, endsAt: number) =>
    book.observe(reportOf(fingerprint, endsAt - 10, endsAt), undefined, now);
  end('one', now - 500);
  end('two', now - 400);
  firing('one', now - 300);
  end('one', now - 200);
  end('three', now - 100);
  expect([...book.past.keys()]).toEqual(['one', 'three']);
  expect(book.past.get('one')?.episode.endedAt).toBe(now - 200);
  // Another process told of it.
  const known = book.past.get('one')?.episode;
  if (known !== undefined) book.restorePast('one', { ...known, at: now - 50, endedAt: now - 50 });
  end('four', now - 10);
  expect([...book.past.keys()]).toEqual(['one', 'four']);
});

test('the end of an alert is told until it is stored, and a process that has just started tells it once more', () => {
  const book = createAlertBook(alertDefaults);
  const end = reportOf('one', now - 20, now - 10);
  const [record] = book.observe(end, undefined, now);
  expect(book.observe(end, undefined, now)[0], 'the same record').toBe(record);
  book.markStored(record === undefined ? [] : [record]);
  expect(book.observe(end, undefined, now)).toEqual([]);
  const later = createAlertBook(alertDefaults);
  const episode = book.past.get('one')?.episode;
  if (episode !== undefined) later.restorePast('one', episode);
  const again = later.observe(end, undefined, now);
  expect(again).toEqual([record]);
  later.markStored(again);
  expect(later.observe(end, undefined, now)).toEqual([]);
});
