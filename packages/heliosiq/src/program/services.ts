import { setTimeout as pause } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { Health, HealthCheck, Logger, Service } from '@heliosiq/ports';

/** A service that fell to an outage is started again after this. */
const restartPauseMs = 500;

/** An outage that keeps a service down for longer ends the process. */
const outagePatienceMs = 15 * 60_000;

/** A service that has run for so long has got over its last outage. */
const recoveredAfterMs = 5000;

interface Running {
  readonly service: Service;
  readonly stop: AbortController;
  /** True once its time to stop is over: the program goes on without it, and takes from under it what it works with. */
  isLeftBehind: boolean;
  done: Promise<void>;
}

/** The program's services while they run. */
export interface RunningServices {
  /** Resolves when all were stopped; rejects with the reason as soon as one of them dies. */
  readonly finished: Promise<void>;
  readonly health: readonly HealthCheck[];
  /**
   * Stops them one by one in the order given, so that each drains what its predecessors left; bounded in time. What becomes of
   * one that is still at work then is no failure of the program: it commits nothing that it has not finished.
   */
  stop(timeoutMs: number): Promise<void>;
}

/**
 * Starts services in the order given. One that falls to an outage of what it needs (`unavailable`, `timeout`) is started
 * again, and goes on where it had committed; anything else that ends a service ends the process.
 */
export function runServices(services: readonly Service[], logger: Logger): RunningServices {
  const dead = new Map<string, string>();

  async function runThroughOutages(service: Service, signal: AbortSignal): Promise<void> {
    let downSince: number | undefined;
    for (;;) {
      const startedAt = performance.now();
      using recovery = timerOf(recoveredAfterMs, () => {
        downSince = undefined;
        dead.delete(service.name);
      });
      try {
        return await service.run(signal);
      } catch (error) {
        recovery[Symbol.dispose]();
        downSince ??= startedAt;
        const isPassing = isOutage(error) && performance.now() - downSince < outagePatienceMs;
        if (signal.aborted || !isPassing) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        dead.set(service.name, reason);
        logger.warn({ service: service.name, reason }, 'a service fell to an outage and is started again');
        await pause(restartPauseMs, undefined, { signal }).catch(() => undefined); // an abort only ends the pause
        if (signal.aborted) return;
      }
    }
  }

  const running = services.map((service): Running => {
    const stop = new AbortController();
    const one: Running = { service, stop, isLeftBehind: false, done: Promise.resolve() };
    one.done = runThroughOutages(service, stop.signal).then(
      () => {
        if (!stop.signal.aborted)
          throw new HeliosError('internal', `The service ${service.name} ended without being asked to`);
      },
      (error: unknown) => {
        if (one.isLeftBehind) {
          logger.warn({ service: service.name, error }, 'a service that did not stop in time has ended with an error');
          return;
        }
        dead.set(service.name, error instanceof Error ? error.message : String(error));
        logger.error({ service: service.name, error }, 'a service died');
        throw error;
      },
    );
    return one;
  });
  const finished = Promise.all(running.map((each) => each.done)).then(() => undefined);
  finished.catch(() => undefined); // told to whoever awaits `finished`; this only keeps Node from seeing it as unhandled
  return {
    finished,
    health: running.map(({ service }) => ({
      name: service.name,
      check: (): Promise<Health> => {
        const reason = dead.get(service.name);
        return Promise.resolve({
          name: service.name,
          ok: reason === undefined,
          latencyMs: 0,
          ...(reason === undefined ? {} : { detail: reason }),
        });
      },
    })),
    async stop(timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      for (const one of running) {
        one.stop.abort();
        if (await settlesWithin(one.done, deadline - Date.now())) continue;
        one.isLeftBehind = true;
        logger.warn({ service: one.service.name }, 'the service did not stop in time');
      }
    },
  };
}

/** Also one that was followed by another while the service put away what it held. */
function isOutage(error: unknown): boolean {
  if (error instanceof SuppressedError) return isOutage(error.error) && isOutage(error.suppressed);
  return error instanceof HeliosError && (error.code === 'unavailable' || error.code === 'timeout');
}

function timerOf(durationMs: number, onElapsed: () => void): Disposable {
  const timer = setTimeout(onElapsed, durationMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

async function settlesWithin(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, timeoutMs));
  });
  const settled = work.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([settled, late]);
  clearTimeout(timer);
  return inTime;
}
