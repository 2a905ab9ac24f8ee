import { describe, expect, test } from 'vitest';
import { observeAlert } from './alert-rules.ts';
import { caseOf, type IncidentCase } from './incident-case.ts';
import { takeStory } from './short-story.ts';
import { alert, bench } from './testing/recorded.ts';

function one(number: number, status: 'firing' | 'resolved' = 'firing') {
  const labels = { alertname: number % 3 === 0 ? 'DiskFull' : 'HighLatency' };
  const fingerprint = `f${number}`;
  return alert({ asset: 'web', atMinute: status === 'firing' ? number / 100 : 5, fingerprint, status, labels });
}

/** A case with so many alerts, and what belongs to it. */
function stormOf(count: number) {
  const { book, context } = bench();
  for (let number = 0; number < count; number += 1) observeAlert(book, one(number), context);
  const [target] = book.cases.values();
  if (target === undefined) throw new Error('no incident was opened');
  return { book, context, target };
}

function kindsOf(target: IncidentCase): readonly string[] {
  return takeStory(target, 7).map(({ id }) => id.replace(/:\d{5,}:/, ':'));
}

describe('the story of an incident', () => {
  test('tells few alerts one by one', () => {
    const { target } = stormOf(6);
    expect(takeStory(target, 7)).toEqual(target.entries);
  });

  test('tells of a storm the first alerts, and all further ones in one line', () => {
    const { target } = stormOf(20);
    const story = takeStory(target, 7);
    expect(story.slice(0, 5)).toEqual(target.entries.slice(0, 5));
    expect(story.slice(5)).toMatchObject([
      {
        ...{ id: 'alert-joined:7', kind: 'alert-joined', count: 15, at: target.entries.at(-1)?.at },
        text: '15 more alerts fired on web: HighLatency (10), DiskFull (5)',
      },
    ]);
  });

  test('tells of firings and ends by themselves, and of everything else as it is', () => {
    const { book, context, target } = stormOf(12);
    target.entries = [];
    for (let number = 0; number < 12; number += 1) observeAlert(book, one(number, 'resolved'), context);
    for (let number = 20; number < 23; number += 1) observeAlert(book, one(number), context);
    const comment = { id: 'note', at: 1, kind: 'comment-added', text: 'I look at it.' } as const;
    target.entries.push(comment);
    expect(kindsOf(target)).toEqual([
      ...[0, 1, 2, 3, 4].map((number) => `alert-resolved:f${number}`),
      ...[20, 21, 22].map((number) => `alert-firing:f${number}`),
      ...['note', 'alert-resolved:7'],
    ]);
  });

  test('read back, an alert that was told with many others is known when it comes again', () => {
    const { target } = stormOf(20);
    const story = takeStory(target, 7);
    expect(target.told.size).toBe(0);
    const again = bench();
    const read = caseOf(target.incident, [], story.toReversed(), [...target.changedAlerts.values()]);
    again.book.cases.set(read.incident.id, read);
    for (let number = 0; number < 20; number += 1) again.book.incidentOfAlert.set(`f${number}`, read.incident.id);
    for (let number = 0; number < 20; number += 1) observeAlert(again.book, one(number), again.context);
    expect(read.incident.occurrences).toBe(20);
    expect(read.entries).toEqual([]);
  });
});
