import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import type { Service } from '@heliosiq/ports';
import { expect, test } from 'vitest';
import { runServices } from './services.ts';

/** A service that takes no notice of being asked to stop, until it is told how to end. */
function stubborn(name: string) {
  const end = Promise.withResolvers<void>();
  const service: Service = { name, run: () => end.promise };
  return { service, end };
}

test('what a service does whose time to stop is over is no failure of the program', async () => {
  const { service, end } = stubborn('slow');
  const logger = createMemoryLogger();
  const running = runServices([service], logger);
  await running.stop(0);
  end.reject(new Error('Cannot use a pool after calling end on the pool'));
  await running.finished;
  expect(logger.lines.map(({ message }) => message)).toEqual([
    'the service did not stop in time',
    'a service that did not stop in time has ended with an error',
  ]);
});

test('a service that ends with an error while it is asked to stop, in time, fails the program', async () => {
  const { service, end } = stubborn('failing');
  const running = runServices([service], createMemoryLogger());
  const stopped = running.stop(60_000);
  end.reject(new Error('what it held cannot be saved'));
  await stopped;
  await expect(running.finished).rejects.toThrow('cannot be saved');
});

test('services behind one that takes too long are asked to stop all the same', async () => {
  const slow = stubborn('slow');
  let wasAsked = false;
  const next: Service = {
    name: 'next',
    run: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          wasAsked = true;
          resolve();
        });
      }),
  };
  const running = runServices([slow.service, next], createMemoryLogger());
  await running.stop(0);
  expect(wasAsked).toBe(true);
  slow.end.resolve();
  await running.finished;
});
