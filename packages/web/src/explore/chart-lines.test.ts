import { describe, expect, it } from 'vitest';
import { chartLines, seriesText } from './chart-lines.ts';

const question = { startS: 1000, endS: 1040, stepS: 10 };

describe('the lines of a chart', () => {
  it('lie on the steps of the question, with gaps where there is no finite value', () => {
    const series = [{ metric: { __name__: 'm' }, times: [1000, 1020, 1030], values: [1, Number.NaN, 3] }];
    const { times, lines } = chartLines([{ place: 0, query: 'm', series, earlier: [] }], question);
    expect(times).toEqual([1000, 1010, 1020, 1030, 1040]);
    expect(lines[0]?.values).toEqual([1, null, null, 3, null]);
    expect(lines[0]?.figures).toEqual({ last: 3, min: 1, max: 3, avg: 2, count: 2 });
  });

  it('are named by what differs, and by everything when alone', () => {
    const lineOf = (host: string) => ({ metric: { __name__: 'm', host, zone: 'eu' }, times: [1000], values: [1] });
    const named = (hosts: readonly string[]) =>
      chartLines([{ place: 0, query: 'm', series: hosts.map(lineOf), earlier: [] }], question).lines.map(
        ({ name }) => name,
      );
    expect(named(['a', 'b'])).toEqual(['{host="a"}', '{host="b"}']);
    expect(named(['a'])).toEqual(['m{host="a", zone="eu"}']);
  });

  it('bear the query where a result has no labels', () => {
    const series = [{ metric: {}, times: [1000], values: [1] }];
    expect(chartLines([{ place: 0, query: 'sum(m)', series, earlier: [] }], question).lines[0]?.name).toBe('sum(m)');
  });

  it('have an earlier twin of the same labels and colour, and none where it was not there', () => {
    const series = ['a', 'b'].map((host) => ({ metric: { host }, times: [1000], values: [2] }));
    const earlier = [{ metric: { host: 'b' }, times: [1000], values: [1] }];
    const { lines } = chartLines([{ place: 0, query: 'm', series, earlier }], question);
    expect(lines.map(({ isEarlier, color }) => [isEarlier, color])).toEqual([
      [false, 0],
      [false, 1],
      [true, 1],
    ]);
    expect(new Set(lines.map(({ key }) => key)).size).toBe(3);
  });

  it('are at most a hundred, and it is said how many are left out', () => {
    const series = Array.from({ length: 130 }, (_, index) => ({
      metric: { host: `${index}` },
      times: [1000],
      values: [1],
    }));
    const { lines, leftOut } = chartLines([{ place: 0, query: 'm', series, earlier: [] }], question);
    expect([lines.length, leftOut]).toEqual([100, 30]);
  });
});

describe('the text of a series', () => {
  it('is a selector, quoted', () => {
    expect(seriesText({ __name__: 'm', a: 'x "y"' })).toBe(String.raw`m{a="x \"y\""}`);
    expect(seriesText({ __name__: 'm' })).toBe('m');
    expect(seriesText({})).toBe('');
  });
});
