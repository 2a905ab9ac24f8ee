import { HeliosError } from '@heliosiq/model';
import type { Health, HealthCheck, Logger, Service } from '@heliosiq/ports';

interface Running {
  readonly service: Service;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** The program's services while they run. */
export interface RunningServices {
  /** Resolves when all were stopped; rejects with the reason as soon as one of them dies. */
  readonly finished: Promise<void>;
  readonly health: readonly HealthCheck[];
  /** Stops them one by one in the order given, so that each drains what its predecessors left; bounded in time. */
  stop(timeoutMs: number): Promise<void>;
}

/** Starts services in the order given. */
export function runServices(services: readonly Service[], logger: Logger): RunningServices {
  const dead = new Map<string, string>();
  const running = services.map((service): Running => {
    const stop = new AbortController();
    const done = service.run(stop.signal).then(
      () => {
        if (!stop.signal.aborted)
          throw new HeliosError('internal', `The service ${service.name} ended without being asked to`);
      },
      (error: unknown) => {
        dead.set(service.name, error instanceof Error ? error.message : String(error));
        logger.error({ service: service.name, error }, 'a service died');
        throw error;
      },
    );
    return { service, stop, done };
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
      for (const { service, stop, done } of running) {
        stop.abort();
        const inTime = await settlesWithin(done, deadline - Date.now());
        if (!inTime) logger.warn({ service: service.name }, 'the service did not stop in time');
      }
    },
  };
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
