import type { HttpDoor, Logger, Meter } from '@heliosiq/ports';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import type { AlertBooks } from './alert-books.ts';
import { createAlertQueryDoor } from './alert-query-door.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { TakeAlerts } from './alert-taking.ts';
import { createAlertsDoor } from './alerts-door.ts';
import { createStatusDoor } from './status-door.ts';
import { createWebhookDoor } from './webhook-door.ts';

export interface AlertDoorsDeps {
  readonly telemetry: TelemetryIntake;
  readonly take: TakeAlerts;
  /** Shared with `createAlertExpiry`. */
  readonly books: AlertBooks;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings: AlertSettings;
  /** Of the program, as `GET /api/v2/status` tells it. */
  readonly version: string;
}

/** The ways in for alerts of Alertmanager, Grafana, Prometheus and amtool; all lead to one book, so that an alert that comes twice counts once. */
export function createAlertDoors(deps: AlertDoorsDeps): readonly HttpDoor[] {
  return [
    createWebhookDoor(deps),
    createAlertsDoor(deps),
    createAlertQueryDoor(deps),
    createStatusDoor({ version: deps.version, startedAt: deps.now() }),
  ];
}
