import type { Health, HealthCheck } from '@heliosiq/ports';

export type ProgramState = 'starting' | 'ready' | 'stopping';

export interface ReadinessReport {
  readonly ready: boolean;
  readonly state: ProgramState;
  readonly version: string;
  readonly components: Health[];
}

export interface ReadinessDeps {
  readonly state: () => ProgramState;
  readonly version: string;
  readonly checks: readonly HealthCheck[];
}

const checkTimeoutMs = 2000;

/** Asks every component at once, each for at most 2 s; callers at the same time share one round. */
export function createReadiness({ state, version, checks }: ReadinessDeps): () => Promise<ReadinessReport> {
  let round: Promise<Health[]> | undefined;

  return async () => {
    round ??= Promise.all(checks.map(askOne)).finally(() => {
      round = undefined;
    });
    const components = await round;
    return { ready: state() === 'ready' && components.every(({ ok }) => ok), state: state(), version, components };
  };
}

async function askOne(check: HealthCheck): Promise<Health> {
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(checkTimeoutMs);
  const refused = (detail: string): Health => ({
    name: check.name,
    ok: false,
    latencyMs: performance.now() - startedAt,
    detail,
  });
  // The race holds the limit even for a check that does not listen to its signal.
  const deadline = Promise.withResolvers<Health>();
  const onAbort = (): void => deadline.resolve(refused(`no answer in ${checkTimeoutMs} ms`));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([check.check(signal), deadline.promise]);
  } catch {
    // The component's own log has the cause; a public page must not.
    return refused('the check failed');
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
