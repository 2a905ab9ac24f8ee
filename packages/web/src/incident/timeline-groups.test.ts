import { describe, expect, it } from 'vitest';
import type { TimelineEntry } from '@heliosiq/model';
import { groupEntries } from './timeline-groups.ts';

const entry = (id: string, at: number, kind: TimelineEntry['kind']): TimelineEntry => ({ id, at, kind, text: id });

describe('the lines of a timeline', () => {
  it('join three or more of a kind in one minute, keep fewer apart, and keep the order', () => {
    const groups = groupEntries([
      ...['a', 'b', 'c'].map((id, index) => entry(id, 1000 * index, 'anomaly-joined')),
      entry('d', 61_000, 'anomaly-joined'),
      entry('e', 62_000, 'anomaly-joined'),
      ...['f', 'g', 'h'].map((id) => entry(id, 63_000, 'comment-added')),
    ]);
    expect(groups.map(({ words, entries }) => [words, entries.length])).toEqual([
      ['3 measured values left their usual range', 3],
      ['d', 1],
      ['e', 1],
      ['f', 1],
      ['g', 1],
      ['h', 1],
    ]);
  });

  it('count every alert that a line stands for', () => {
    const many = { ...entry('many', 3, 'alert-joined'), text: '40 more alerts fired', count: 40 };
    const each = ['a', 'b'].map((id, index) => entry(id, index, 'alert-joined'));
    expect(groupEntries([...each, many]).map(({ words }) => words)).toEqual(['42 alerts fired']);
    expect(groupEntries([many]).map(({ words }) => words)).toEqual(['40 more alerts fired']);
  });

  it('are none for no entries', () => {
    expect(groupEntries([])).toEqual([]);
  });
});
