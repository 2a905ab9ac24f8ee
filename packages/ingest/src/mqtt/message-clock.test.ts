import { describe, expect, it } from 'vitest';
import { createMessageClock } from './message-clock.ts';

describe('the moments of messages that name none', () => {
  it('differ within a place, and go back to the clock when it has caught up', () => {
    const clock = createMessageClock();
    expect([clock.next('a', 1000), clock.next('a', 1000), clock.next('b', 1000), clock.next('a', 1001)]).toEqual([
      1000, 1001, 1000, 1002,
    ]);
    expect(clock.next('a', 5000)).toBe(5000);
  });

  it('come after those that an earlier run gave', () => {
    const clock = createMessageClock();
    expect([clock.next('a', 1000, 1200), clock.next('a', 1000, 1200)]).toEqual([1201, 1202]);
  });

  it('run ahead of the clock only so far', () => {
    const clock = createMessageClock(2);
    expect([1, 2, 3, 4].map(() => clock.next('a', 1000))).toEqual([1000, 1001, 1002, 1002]);
  });
});
