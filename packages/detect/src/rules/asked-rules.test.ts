import { TenantId } from '@heliosiq/model';
import type { MetricQuery } from '@heliosiq/ports';
import { expect, it } from 'vitest';
import { askRule } from './asked-rules.ts';

const acme = TenantId.parse('acme');

/** Answers never, and ends as a signal does. */
const endless: Pick<MetricQuery, 'instant'> = {
  instant: (_, { signal }) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))), // what the caller chose
};

it('a question whose time is over is a fault that a rule is told of, whatever the words in which the store ends', async () => {
  const question = {
    query: 'up',
    time: 0,
    signal: AbortSignal.any([AbortSignal.timeout(5), new AbortController().signal]),
  };
  await expect(askRule(endless, acme, question)).rejects.toMatchObject({ code: 'timeout' });
});

it('a question that is given up because the program stops is no fault', async () => {
  const stop = new AbortController();
  const asked = askRule(endless, acme, { query: 'up', time: 0, signal: stop.signal });
  stop.abort();
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});
