/** One component's state for `/health/ready`. */
export interface Health {
  readonly name: string;
  readonly ok: boolean;
  /** How long the check took. */
  readonly latencyMs: number;
  /** Why it is not ok, or what it runs on; no secrets. */
  readonly detail?: string;
}

/** Something that can be asked whether it works. */
export interface HealthCheck {
  readonly name: string;
  check(signal: AbortSignal): Promise<Health>;
}

/**
 * A long-running part of the program. `run` works until the signal aborts, finishes what it has begun, and resolves;
 * a rejection ends the process, because a dead service must not hide.
 */
export interface Service {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}
