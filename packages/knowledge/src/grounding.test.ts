import { describe, expect, it } from 'vitest';
import { checkGrounding } from './grounding.ts';

const quote =
  'Raise `max_connections` only with memory to spare, because each session needs 5 MB and it takes a restart of 3.5 minutes.';

function verdictOf(text: string, ...quotes: readonly string[]): string {
  return checkGrounding([{ text, quotes: quotes.length === 0 ? [quote] : quotes }])[0]?.verdict ?? 'none';
}

describe('checkGrounding', () => {
  it('supports what its quotes say, in their words or nearly so', () => {
    expect(verdictOf(quote)).toBe('supported');
    expect(verdictOf('Raising max_connections takes a restart, and each session needs memory: 5 MB. [1]')).toBe(
      'supported',
    );
    expect(verdictOf('Restart it. Then check the pump.', 'Restart the service.', 'Check the pump afterwards.')).toBe(
      'supported',
    );
  });

  it.each([
    ['another number', 'Each session needs 50 MB and it takes a restart.'],
    ['a percentage that was none', 'Each session needs 5% memory and it takes a restart.'],
    ['another identifier', 'Raise `shared_buffers` only with memory to spare, it takes a restart.'],
    ['an invented subject', 'The turbine blades are made of carbon fibre in Denmark.'],
    ['nothing but stop words', 'It is what it is.'],
    ['no text', ''],
  ])('does not support %s', (_, text) => {
    expect(verdictOf(text)).toBe('unsupported');
  });

  it('marks what is only partly said, and what was turned into its opposite', () => {
    expect(verdictOf('Raise connections with memory to spare, and inform the owner of the billing department.')).toBe(
      'partly',
    );
    expect(
      verdictOf('Never throttle the discharge valve of the pump.', 'Throttle the discharge valve of the pump.'),
    ).toBe('partly');
    expect(verdictOf('Throttle the suction valve.', 'Never throttle the suction valve.')).toBe('partly');
  });

  it('supports nothing without a quote', () => {
    expect(checkGrounding([{ text: 'The pump is hot.', quotes: [] }])).toEqual([{ verdict: 'unsupported', score: 0 }]);
  });

  it('knows a number by its value, however it is written', () => {
    expect(verdictOf('It holds 1200 rows.', 'It holds 1,200 rows.')).toBe('supported');
    expect(verdictOf('A share of 3 %.', 'A share of 3.0%.')).toBe('supported');
    expect(verdictOf('It holds 120 rows.', 'It holds 1,200 rows.')).toBe('unsupported');
  });

  it('gives the same verdict again, and stays quick on text that was made to be slow', () => {
    const claims = [
      { text: 'a-'.repeat(50_000), quotes: ['`'.repeat(50_000)] },
      { text: '1,'.repeat(50_000), quotes: ['1.'.repeat(50_000)] },
    ];
    expect(checkGrounding(claims)).toEqual(checkGrounding(claims));
  });
});
