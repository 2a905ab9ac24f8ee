import { describe, expect, it } from 'vitest';
import { readable } from './sentences.ts';

describe('a sentence as people write it', () => {
  it.each([
    ['latency rose from 0.0488 s to 1.02 s.', 'latency rose from 48.8 ms to 1.02 s.'],
    ['is 1.027 s (expected 0.01346 to 0.05927 s)', 'is 1.027 s (expected 13.5 to 59.3 ms)'],
    ['(expected 0.2 to 1.2 s)', '(expected 0.2 to 1.2 s)'],
    ['it is 85.65 [degF], usually 84.53 [degF]', 'it is 85.65 °F, usually 84.53 °F'],
    [
      'usually 7.105e-15 {request} (expected 0 to 0.1843 {request})',
      'usually 0 requests (expected 0 to 0.1843 requests)',
    ],
    ['is 100 %, 0.39% above', 'is 100%, 0.39% above'],
    ['latency (statistic=p99) of A -> B', 'latency (p99) of A → B'],
    ['services-3.1 s-west-0.5s db-0.5 s', 'services-3.1 s-west-0.5s db-0.5 s'],
  ])('%s', (text, words) => {
    expect(readable(text).replaceAll('\u00a0', ' ')).toBe(words);
    expect(readable(readable(text))).toBe(readable(text));
  });

  it('keeps a number and its unit on one line', () => {
    expect(readable('it is 1.02 s, 5 s, 3 services')).toBe('it is 1.02\u00a0s, 5\u00a0s, 3 services');
  });
});
