import { HeliosError, TenantId } from '@heliosiq/model';
import { expect, it } from 'vitest';
import { createAppendQueue } from './append-queue.ts';

const tenantId = TenantId.parse('acme');
const record = (id: string, bytes = 1) => ({ key: 'k', id, value: Buffer.alloc(bytes) });

/** A queue whose requests stay under way until they are answered. */
function openQueue() {
  const requests: { readonly ids: readonly string[]; answer(error?: Error): void }[] = [];
  const queue = createAppendQueue({
    topicPrefix: 'p.',
    requestBytesMax: () => Promise.resolve(4_000_000),
    send: (messages) =>
      new Promise((resolve, reject) => {
        const ids = messages.map(({ headers }) => {
          const texts = headers instanceof Map ? [...headers.values()] : [];
          return texts[1]?.toString() ?? '';
        });
        requests.push({ ids, answer: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  });
  return { append: queue.append, drain: queue.drain, requests };
}

it('has one request under way, and puts what comes meanwhile into the next one, in the order of the calls', async () => {
  const { append, requests } = openQueue();
  const first = append(tenantId, 'signals', [record('a')]);
  await expect.poll(() => requests.length).toBe(1);
  const later = [append(tenantId, 'signals', [record('b'), record('c')]), append(tenantId, 'anomalies', [record('d')])];
  requests[0]?.answer();
  await first;
  await expect.poll(() => requests.length).toBe(2);
  expect(requests[1]?.ids).toEqual(['b', 'c', 'd']);
  requests[1]?.answer();
  await Promise.all(later);
});

it('parts a large append into requests, and acknowledges it when the last of them is', async () => {
  const { append, requests } = openQueue();
  let isAcknowledged = false;
  const large = append(
    tenantId,
    'signals',
    Array.from({ length: 5 }, (_, index) => record(`r${index}`, 1_500_000)),
  ).then(() => (isAcknowledged = true));
  for (let request = 0; request < 3; request += 1) {
    await expect.poll(() => requests.length).toBe(request + 1);
    expect(isAcknowledged).toBe(false);
    requests[request]?.answer();
  }
  await large;
  expect(requests.flatMap(({ ids }) => ids)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
});

it('tells all that wait of a failure, sends nothing of theirs later, and goes on with what comes then', async () => {
  const { append, drain, requests } = openQueue();
  const failed = [append(tenantId, 'signals', [record('a')])];
  await expect.poll(() => requests.length).toBe(1);
  failed.push(append(tenantId, 'signals', [record('b')]));
  requests[0]?.answer(new HeliosError('unavailable', 'nobody there'));
  for (const outcome of await Promise.allSettled(failed)) expect(outcome.status).toBe('rejected');
  const next = append(tenantId, 'signals', [record('c')]);
  await expect.poll(() => requests.length).toBe(2);
  expect(requests[1]?.ids).toEqual(['c']);
  requests[1]?.answer();
  await next;
  await drain();
});

it('fails a record alone that no topic takes, with the rest of its append; others are stored', async () => {
  const { append, requests } = openQueue();
  const large = append(tenantId, 'signals', [record('large', 5_000_000), record('its-rest')]);
  await expect.poll(() => requests.length).toBe(1);
  const other = append(tenantId, 'signals', [record('other')]);
  requests[0]?.answer(new HeliosError('too-large', 'no topic takes it'));
  await expect(large).rejects.toMatchObject({ code: 'too-large' });
  await expect.poll(() => requests.length).toBe(2);
  expect(requests.map(({ ids }) => ids)).toEqual([['large'], ['other']]);
  requests[1]?.answer();
  await other;
});

it('tells all of a log that cannot be opened, and asks again for what comes then', async () => {
  let opened = 0;
  const queue = createAppendQueue({
    topicPrefix: 'p.',
    requestBytesMax: () => {
      opened += 1;
      return opened === 1 ? Promise.reject(new HeliosError('config-invalid', 'two partitions')) : Promise.resolve(1000);
    },
    send: () => Promise.resolve(),
  });
  await expect(queue.append(tenantId, 'signals', [record('a')])).rejects.toMatchObject({ code: 'config-invalid' });
  await queue.append(tenantId, 'signals', [record('b')]);
  expect(opened).toBe(2);
});

it('lets an append be withdrawn until it is sent, and holds no more than its bound', async () => {
  const { append, requests } = openQueue();
  const first = append(tenantId, 'signals', [record('a')]);
  await expect.poll(() => requests.length).toBe(1);
  const change = new AbortController();
  const withdrawn = append(tenantId, 'signals', [record('b')], { signal: change.signal });
  change.abort(new Error('changed my mind'));
  await expect(withdrawn).rejects.toThrow('changed my mind');
  const full = Array.from({ length: 9 }, (_, index) => append(tenantId, 'signals', [record(`f${index}`, 15_000_000)]));
  await expect(append(tenantId, 'signals', [record('z')])).rejects.toMatchObject({ code: 'unavailable' });
  requests[0]?.answer(new Error('the test is over'));
  for (const outcome of await Promise.allSettled([first, ...full])) expect(outcome.status).toBe('rejected');
});
