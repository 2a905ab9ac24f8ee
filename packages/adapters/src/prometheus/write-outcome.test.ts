import { describe, expect, it } from 'vitest';
import { writeOutcome } from './write-outcome.ts';

function outcomeOf(status: number, words = ''): unknown {
  try {
    return writeOutcome({ status, body: Buffer.from(words) }, 'store:9090');
  } catch (error) {
    return error;
  }
}

describe('the outcome of a write', () => {
  it('is taken at any success', () => {
    for (const status of [200, 202, 204]) expect(outcomeOf(status)).toEqual({ isTaken: true });
  });

  it('is a refusal that no retry mends, in the words of each server', () => {
    expect(outcomeOf(400, 'out of order sample')).toMatchObject({ isTaken: false, kind: 'late' });
    expect(outcomeOf(400, 'duplicate sample for timestamp')).toMatchObject({ kind: 'late' });
    expect(outcomeOf(400, 'out of bounds')).toMatchObject({ kind: 'too-old' });
    expect(outcomeOf(500, 'too old sample')).toMatchObject({ isTaken: false, kind: 'too-old' });
    expect(
      outcomeOf(400, 'failed pushing: the sample has been rejected (err-mimir-sample-timestamp-too-old)'),
    ).toMatchObject({ kind: 'too-old' });
    expect(outcomeOf(400, 'err-mimir-sample-out-of-order: ...')).toMatchObject({ kind: 'late' });
    expect(outcomeOf(409, 'store locally for endpoint : conflict')).toMatchObject({ isTaken: false, kind: 'other' });
    expect(outcomeOf(413)).toMatchObject({ isTaken: false, kind: 'other', reason: 'status 413' });
  });

  it('is an outage where a retry may help or a person has to: nothing is given up then', () => {
    for (const status of [401, 403, 404, 405, 408, 429, 500, 502, 503, 504]) {
      expect(outcomeOf(status, 'some words')).toMatchObject({ code: 'unavailable' });
    }
    expect(outcomeOf(404)).toMatchObject({ cure: expect.stringContaining('--web.enable-remote-write-receiver') });
  });
});
