import { describe, expect, it } from 'vitest';
import { endWords, momentOf, movedRange, parseEnd, rangeWords, spanOf, stepSOf, widenedRange } from './time-range.ts';

const now = Date.UTC(2026, 5, 1, 12);

describe('an end that a person types', () => {
  it.each([
    ['now', now],
    [' now - 90m ', now - 5_400_000],
    ['now-1.5h', now - 5_400_000],
    ['now-7d', now - 604_800_000],
    ['1767225600000', 1_767_225_600_000],
    ['2026-01-31T12:00:00Z', Date.UTC(2026, 0, 31, 12)],
    ['2026-01-31 12:00', new Date(2026, 0, 31, 12).getTime()],
    ['2026-01-31', new Date(2026, 0, 31).getTime()],
  ])('%s is a moment', (text, at) => {
    const end = parseEnd(text);
    expect(end).toBeDefined();
    expect(momentOf(end ?? 0, now)).toBe(at);
  });

  it.each(['', 'yesterday', 'now-5', 'now+1h', '2026-13-40', '12:00', 'now-1h; drop'])('%j is none', (text) => {
    expect(parseEnd(text)).toBeUndefined();
  });

  it('is read again as it is shown', () => {
    const at = new Date(2026, 2, 9, 8, 7, 6).getTime();
    expect(parseEnd(endWords(at))).toBe(at);
  });
});

describe('a range', () => {
  it('says in words what it is', () => {
    expect(rangeWords({ from: 'now-1h', to: 'now' })).toBe('Last hour');
    expect(rangeWords({ from: 'now-90m', to: 'now' })).toBe('Last 90m');
    expect(rangeWords({ from: 'now-2d', to: 'now-1d' })).toBe('now-2d to now-1d');
  });

  it('is never empty, whatever its ends are', () => {
    const { from, to } = spanOf({ from: 'now', to: 'now-1h' }, now);
    expect(from).toBeLessThan(to);
  });

  it('moves by its length, and widens about its middle but not into the future', () => {
    expect(movedRange({ from: 1000, to: 3000 }, -0.5)).toEqual({ from: 0, to: 2000 });
    expect(widenedRange({ from: 10_000, to: 20_000 }, now)).toEqual({ from: 5000, to: 25_000 });
    expect(widenedRange({ from: now - 10_000, to: now }, now)).toEqual({ from: now - 20_000, to: now });
  });
});

describe('the step', () => {
  it.each([
    [300_000, 1200, 1],
    [3_600_000, 1200, 10],
    [86_400_000, 1200, 300],
    [7 * 86_400_000, 360, 3600],
    [10 * 365 * 86_400_000, 1200, 604_800],
  ])('of %d ms on %d px is %d s', (lengthMs, widthPx, stepS) => {
    expect(stepSOf({ from: now - lengthMs, to: now }, widthPx)).toBe(stepS);
  });

  it('keeps a chart below the points that a server answers, however long the range', () => {
    for (const days of [1, 10, 100, 1000, 10_000]) {
      const span = { from: now - days * 86_400_000, to: now };
      expect((span.to - span.from) / 1000 / stepSOf(span, 4000)).toBeLessThanOrEqual(1500);
    }
  });
});
