import { describe, expect, test } from 'vitest';
import { type AlertSource, type AlertState, type Episode, expired, nextEpisode } from './alert-episode.ts';
import { alertDefaults } from './alert-settings.ts';

const second = 1_000;
const minute = 60_000;
/** A multiple of the renewal time. */
const t0 = 1_767_571_200_000;
const direct: AlertSource = { way: 'direct', origin: 'http://p1:9090' };
const webhook: AlertSource = { way: 'webhook', origin: 'http://p1:9090' };

/** A sender's word `[seconds of its receipt, report]`, times in seconds after t0. */
type Word = readonly [
  receivedS: number,
  state: Pick<AlertState, 'source'> & { fires?: number; ends?: number; starts?: number },
];

/** Episodes after each word; equal neighbours are words that said nothing new. */
function told(...words: readonly Word[]): readonly Episode[] {
  const episodes: Episode[] = [];
  for (const [receivedS, { source, fires, ends, starts }] of words) {
    const at = (seconds: number | undefined): number | undefined =>
      seconds === undefined ? undefined : t0 + seconds * second;
    const state = { source, isFiring: fires !== undefined, startsAt: at(fires ?? starts), endsAt: at(ends) };
    const now = t0 + receivedS * second;
    episodes.push(nextEpisode(episodes.at(-1), state, { now, settings: alertDefaults }));
  }
  return episodes;
}

/** What the log was told: state and event time in seconds after t0, without repeats. */
function records(episodes: readonly Episode[]): readonly string[] {
  const all = episodes.map(
    ({ isFiring, startedAt, at }) =>
      `${isFiring ? 'firing' : 'over'} ${(startedAt - t0) / second} ${(at - t0) / second}`,
  );
  return all.filter((record, index) => record !== all[index - 1]);
}

describe('one firing', () => {
  test('is one record however often and by whichever way it is told', () => {
    const words: Word[] = [
      [5, { source: direct, fires: 0 }],
      [6, { source: webhook, fires: 0 }],
      [65, { source: direct, fires: 0 }],
      [70, { source: direct, starts: 0, ends: 69 }],
      [75, { source: webhook, starts: 0, ends: 69 }],
      [130, { source: direct, starts: 0, ends: 69 }],
    ];
    expect(records(told(...words))).toEqual(['firing 0 0', 'over 0 69']);
  });

  test('of a sender without times goes on until its end is told', () => {
    const word = { source: direct, isFiring: true, startsAt: undefined, endsAt: undefined };
    const first = nextEpisode(undefined, word, { now: t0, settings: alertDefaults });
    expect(nextEpisode(first, word, { now: t0 + minute, settings: alertDefaults })).toBe(first);
  });

  test('is renewed on fixed moments, the same after a loss of all state', () => {
    const later = told(
      [5, { source: direct, fires: 0 }],
      [1000, { source: direct, fires: 0 }],
      [1790, { source: direct, fires: 0 }],
    );
    expect(records(later)).toEqual(['firing 0 0', 'firing 0 900']);
    expect(records(told([1000, { source: direct, fires: 0 }]))).toEqual(['firing 0 900']);
  });

  test('of two replicas is one, and the end that the first of them tells stands', () => {
    const other: AlertSource = { way: 'direct', origin: 'http://p2:9090' };
    const words: Word[] = [
      [0, { source: direct, fires: 0 }],
      [7, { source: other, fires: 7 }],
      [60, { source: direct, fires: 0 }],
      [67, { source: other, fires: 7 }],
      [70, { source: direct, starts: 0, ends: 70 }],
      [72, { source: other, fires: 7 }],
      [77, { source: other, starts: 7, ends: 77 }],
    ];
    expect(records(told(...words))).toEqual(['firing 0 0', 'over 0 70']);
  });
});

describe('a recurrence is never lost', () => {
  test('with a later start after the end', () => {
    const words: Word[] = [
      [0, { source: direct, fires: 0 }],
      [20, { source: direct, starts: 0, ends: 20 }],
      [30, { source: direct, fires: 30 }],
    ];
    expect(records(told(...words))).toEqual(['firing 0 0', 'over 0 20', 'firing 30 30']);
  });

  test('with a later start before the end was seen; the late end of the first is no end of the second', () => {
    const words: Word[] = [
      [0, { source: direct, fires: 0 }],
      [30, { source: direct, fires: 30 }],
      [31, { source: direct, starts: 0, ends: 20 }],
      [40, { source: direct, starts: 30, ends: 40 }],
    ];
    expect(records(told(...words))).toEqual(['firing 0 0', 'firing 30 30', 'over 30 40']);
  });

  test.each([direct, webhook])('with the same start told again by $way', (source) => {
    const words: Word[] = [
      [0, { source, fires: 0 }],
      [20, { source, starts: 0, ends: 20 }],
      [30, { source, fires: 0 }],
      [31, { source, fires: 0 }],
      [32, { source, starts: 0, ends: 20 }],
      [40, { source, starts: 0, ends: 39 }],
    ];
    expect(records(told(...words))).toEqual(['firing 0 0', 'over 0 20', 'firing 30 30', 'over 30 39']);
  });

  test('with the same start by either way, once both have told the end', () => {
    const words: Word[] = [
      [0, { source: direct, fires: 0 }],
      [20, { source: direct, starts: 0, ends: 20 }],
      [25, { source: webhook, starts: 0, ends: 20 }],
      [30, { source: webhook, fires: 0 }],
    ];
    expect(records(told(...words))).toEqual(['firing 0 0', 'over 0 20', 'firing 30 30']);
  });

  test('after nobody refreshed it, with the same start', () => {
    const first = told([0, { source: direct, fires: 0 }])[0];
    if (first === undefined) throw new Error('nothing was told');
    const ended = expired(first, t0 + 240 * second, t0 + 241 * second);
    const state: AlertState = { source: direct, isFiring: true, startsAt: t0, endsAt: t0 + 600 * second };
    const again = nextEpisode(ended, state, { now: t0 + 300 * second, settings: alertDefaults });
    expect(records([first, ended, again])).toEqual(['firing 0 0', 'over 0 240', 'firing 300 300']);
  });
});

describe('older news', () => {
  test('a firing that the slower way tells after the end changes nothing', () => {
    const words: Word[] = [
      [0, { source: direct, fires: 0 }],
      [20, { source: direct, starts: 0, ends: 20 }],
      [22, { source: webhook, fires: 0 }],
      [50, { source: webhook, starts: 0, ends: 20 }],
    ];
    expect(records(told(...words))).toEqual(['firing 0 0', 'over 0 20']);
  });

  test('but a way that goes on telling it long after is believed', () => {
    const words: Word[] = [
      [0, { source: direct, fires: 0 }],
      [20, { source: direct, starts: 0, ends: 20 }],
      [700, { source: webhook, fires: 0 }],
    ];
    expect(records(told(...words))).toEqual(['firing 0 0', 'over 0 20', 'firing 700 700']);
  });

  test('of one fingerprint event times only ever grow', () => {
    const words: Word[] = [
      [0, { source: direct, fires: 300 }],
      [1, { source: direct, starts: 300, ends: 0 }],
      [2, { source: direct, starts: 300, ends: 301 }],
      [3, { source: direct, fires: 300 }],
      [4, { source: direct, ends: 302 }],
      [5, { source: direct, fires: 302.5 }],
    ];
    const ats = told(...words).map(({ at }) => at);
    expect(ats).toEqual(ats.toSorted((a, b) => a - b));
  });
});
