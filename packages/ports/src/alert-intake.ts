import type { Principal } from '@heliosiq/model';

/** An alert as Prometheus sends it to an Alertmanager; moments are RFC 3339. */
export interface SentAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  /** Until when it is known to fire unless it is sent again, or when it was over. */
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** The door for alerts of this program's own rules: the same as that of Prometheus, so that an alert that comes both ways is one. */
export interface AlertIntake {
  /** Resolved means that all are stored. Rejects when they cannot be stored; then they are to be sent again. */
  take(principal: Principal, alerts: readonly SentAlert[]): Promise<void>;
}
