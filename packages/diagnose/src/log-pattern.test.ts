import { describe, expect, it } from 'vitest';
import { logPattern, mentionsIn } from './log-pattern.ts';

describe('the pattern of a log line', () => {
  it('is the same for lines that differ in their values alone', () => {
    const one = logPattern('order 4516be97-7fbe-4f03-9612-a08c05b60e61 of user 42 took 1.5 ms at 2023-01-30 11:39:03');
    const other = logPattern('order a0000000-7fbe-4f03-9612-a08c05b60e61 of user 7 took 20 ms at 2023-01-31 01:00:00');
    expect(one).toEqual(other);
  });

  it('is the place in the code where the line names one, whatever its words', () => {
    const one = logPattern('19:39:03.269 INFO o.s.OrderService#365 TraceID: 8a11d445b818c83a Found order for shanghai');
    const other = logPattern(
      '19:39:04.000 INFO o.s.OrderService#365 TraceID: 9a11d445b818c83b Found order for nanjing',
    );
    expect(one).toEqual({ text: 'o.s.OrderService#365', isTrouble: false });
    expect(other).toEqual(one);
  });

  it('keeps the words of a line of trouble, for one place reports many troubles', () => {
    const one = logPattern('12:00:00 ERROR a.b.Dispatcher#175 failed: no instances for cart');
    const other = logPattern('12:00:01 ERROR a.b.Dispatcher#175 failed: null pointer');
    expect(one.isTrouble).toBe(true);
    expect(one.text).not.toBe(other.text);
  });

  it.each([
    ['12:00:00 ERROR cannot reach cart', true],
    ['Traceback (most recent call last):', true],
    ['12:00:00 INFO recovered from an earlier error', false],
    ['order stored', false],
  ])('tells trouble from the line %j itself', (line, isTrouble) => {
    expect(logPattern(line).isTrouble).toBe(isTrouble);
  });

  it('believes the level that the sender gave over the words', () => {
    expect(logPattern('all is well', true).isTrouble).toBe(true);
  });
});

it('a text names other assets, never its own writer', () => {
  expect(mentionsIn('cart: no instances of checkout and db', ['cart', 'checkout', 'db'], 'cart')).toEqual(['checkout']);
});
