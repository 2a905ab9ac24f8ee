import type { Incident } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import { observeAlert } from './alert-rules.ts';
import { caseOf } from './incident-case.ts';
import { resolved } from './lifecycle.ts';
import { resolveEnded, resolveRecovered } from './recovery.ts';
import { alert, anomaly, bench, epoch, minuteMs } from './testing/recorded.ts';
import { observeAnomaly } from './anomaly-rules.ts';

type Book = ReturnType<typeof bench>['book'];

function incidentsOf(book: Book): readonly Incident[] {
  return [...book.cases.values()].map(({ incident }) => incident);
}

function firing(startedAtMinute: number, atMinute = startedAtMinute) {
  return alert({ asset: 'web', atMinute, startedAtMinute });
}

function over(startedAtMinute: number, atMinute: number) {
  return alert({ asset: 'web', atMinute, startedAtMinute, status: 'resolved' });
}

describe('alerts whose sender says when they began', () => {
  test('a renewal of a firing is no occurrence and leaves no line, but keeps the incident open beyond the stale time', () => {
    const { book, context } = bench();
    observeAlert(book, firing(0), context);
    const [before] = [...book.cases.values()].map(({ entries }) => entries.length);
    for (let minute = 15; minute <= 3000; minute += 15) observeAlert(book, firing(0, minute), context);
    resolveRecovered(book, epoch + 3001 * minuteMs, context);
    expect(incidentsOf(book)).toMatchObject([
      { status: 'open', occurrences: 1, lastSeenAt: epoch + 3000 * minuteMs, startedAt: epoch },
    ]);
    expect([...book.cases.values()].map(({ entries }) => entries.length)).toEqual([before]);
    resolveRecovered(book, epoch + (3001 + 1440 + 15) * minuteMs, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'resolved' }]);
  });

  test('a firing that begins before the end of the last one was seen counts, and the late end changes nothing', () => {
    const { book, context } = bench();
    for (const one of [firing(0), firing(5), over(0, 4)]) observeAlert(book, one, context);
    resolveEnded(book, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'open', occurrences: 2 }]);
    observeAlert(book, over(5, 9), context);
    resolveEnded(book, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'resolved', resolvedBy: 'recovery' }]);
  });

  test('an end that lies behind sightings by another clock still ends it', () => {
    const { book, context } = bench();
    for (const one of [firing(0), firing(0, 15), over(0, 12)]) observeAlert(book, one, context);
    resolveEnded(book, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'resolved' }]);
  });

  test('what a person resolved is not reopened by the same firing, but by the next', () => {
    const { book, context } = bench();
    observeAlert(book, firing(0), context);
    const [target] = book.cases.values();
    if (target === undefined) throw new Error('no incident was opened');
    target.incident = resolved(target.incident, { actor: 'key:ops', at: epoch + minuteMs }).incident;
    observeAlert(book, firing(0, 15), context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'resolved', occurrences: 1 }]);
    observeAlert(book, firing(20), context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'open', occurrences: 2, reopenedCount: 1 }]);
  });

  test('read back from its story an incident knows redeliveries and renewals as before', () => {
    const { book, context } = bench();
    const told = [firing(0), over(0, 3), firing(5)];
    for (const one of told) observeAlert(book, one, context);
    const [target] = book.cases.values();
    if (target === undefined) throw new Error('no incident was opened');
    const again = bench();
    const read = caseOf(target.incident, [], target.entries.toReversed());
    again.book.cases.set(read.incident.id, read);
    again.book.incidentOfAlert.set('f1', read.incident.id);
    for (const one of [...told, firing(5, 15)]) observeAlert(again.book, one, again.context);
    expect(incidentsOf(again.book)).toMatchObject([{ status: 'open', occurrences: 2 }]);
    observeAlert(again.book, over(5, 20), again.context);
    resolveEnded(again.book, again.context);
    expect(incidentsOf(again.book)).toMatchObject([{ status: 'resolved', lastSeenAt: epoch + 20 * minuteMs }]);
  });
});

describe('the end of an incident of alerts', () => {
  test('it resolves when the last of its alerts is over, and the same alert reopens it hours of firing later', () => {
    const { book, context } = bench();
    observeAlert(book, firing(0), context);
    observeAlert(book, alert({ asset: 'web', atMinute: 1, fingerprint: 'f2', startedAtMinute: 1 }), context);
    observeAlert(book, over(0, 200), context);
    resolveEnded(book, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'open' }]);
    observeAlert(book, alert({ asset: 'web', atMinute: 240, fingerprint: 'f2', status: 'resolved' }), context);
    resolveEnded(book, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'resolved' }]);
    observeAlert(book, firing(290), context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'open', reopenedCount: 1, occurrences: 3 }]);
  });

  test('an anomaly among its members makes it wait for the quiet period', () => {
    const { book, context } = bench();
    observeAlert(book, firing(0), context);
    observeAnomaly(book, anomaly({ asset: 'web', atMinute: 0, samples: 3 }), context);
    observeAlert(book, over(0, 20), context);
    resolveEnded(book, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'open', anomalyIds: [expect.any(String)] }]);
  });

  test('one that a person reopened is not resolved by the ends that were known then', () => {
    const { book, context } = bench();
    for (const one of [firing(0), over(0, 3)]) observeAlert(book, one, context);
    const [target] = book.cases.values();
    if (target === undefined) throw new Error('no incident was opened');
    target.heldAt = epoch + 5 * minuteMs;
    resolveEnded(book, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'open' }]);
    resolveRecovered(book, epoch + 21 * minuteMs, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'resolved' }]);
  });

  test('a heartbeat alert beside it neither joins nor holds it open', () => {
    const { book, context } = bench();
    observeAlert(book, firing(0), context);
    const watchdog = { asset: 'web', fingerprint: 'dog', severity: 'info' } as const;
    observeAlert(book, alert({ ...watchdog, atMinute: 1, startedAtMinute: 1 }), context);
    observeAlert(book, over(0, 3), context);
    resolveEnded(book, context);
    expect(incidentsOf(book)).toMatchObject([{ status: 'resolved', alertFingerprints: ['f1'] }]);
  });
});
