import { setTimeout as wait } from 'node:timers/promises';
import { HeliosError, errorTable } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { Counter, Logger, Meter } from '@heliosiq/ports';
import { createTelemetryBatch } from '../intake/telemetry-batch.ts';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import type { SyslogFrame } from './syslog-framing.ts';
import { readSyslogMessage } from './syslog-message.ts';
import { syslogSignal } from './syslog-signal.ts';
import type { SyslogSignalOptions } from './syslog-signal.ts';

/** A framed message with where it came from. */
export interface ArrivedFrame extends SyslogFrame {
  readonly address: string;
}

/** Stores messages of one tenant, however long that takes. */
export interface SyslogStore {
  /** Resolves when they are durable; waits out quotas and outages, and gives up only some seconds after the stop. */
  storePatiently(tenantId: TenantId, frames: readonly ArrivedFrame[], transport: string): Promise<void>;
  /** Counts messages that nobody will see. */
  readonly shed: Counter;
}

export interface SyslogStoreDeps {
  readonly telemetry: TelemetryIntake;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly stopping: AbortSignal;
  /** Tells the messages of this run of the program from those of others. */
  readonly run: string;
  readonly settings: SyslogSignalOptions & { readonly zone: string };
}

const waitMaxMs = 30_000;
const attemptsAfterStop = 3;

/** Makes the store behind all transports. */
export function createSyslogStore(deps: SyslogStoreDeps): SyslogStore {
  const { telemetry, meter, logger, now, stopping, run, settings } = deps;
  let count = 0;
  const stored = meter.counter({
    name: 'heliosiq_syslog_messages_total',
    help: 'Syslog messages stored, by transport.',
    labels: ['transport'],
  });
  const shed = meter.counter({
    name: 'heliosiq_syslog_shed_total',
    help: 'Syslog messages that were not stored, by transport and reason.',
    labels: ['transport', 'reason'],
  });

  return {
    shed,
    async storePatiently(tenantId, frames, transport) {
      if (frames.length === 0) return;
      const arrivedAt = now();
      const bytes = frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
      const batch = createTelemetryBatch(tenantId, bytes);
      for (const { bytes: raw, isCut, address } of frames) {
        count += 1;
        const message = readSyslogMessage(raw, { now: arrivedAt, zone: settings.zone });
        batch.signals.push(
          syslogSignal(message, { address, at: arrivedAt, number: `${run} ${count}`, isCut }, settings),
        );
      }
      for (let attempt = 1, last = 0; ; attempt += 1) {
        try {
          await telemetry.store(batch);
          return stored.add(frames.length, { transport });
        } catch (error) {
          const delayMs = delayAfter(error, attempt);
          if (stopping.aborted) last += 1;
          if (delayMs === undefined || last >= attemptsAfterStop) {
            shed.add(frames.length, { transport, reason: delayMs === undefined ? 'refused' : 'stopped' });
            logger.error({ tenantId, transport, messages: frames.length, error }, 'syslog-lost');
            return undefined;
          }
          if (attempt === 1) logger.warn({ tenantId, transport, error }, 'syslog-held-back');
          await pause(delayMs, stopping);
        }
      }
    },
  };
}

/** How long to wait after a failure; `undefined` when no retry can help. */
function delayAfter(error: unknown, attempt: number): number | undefined {
  const backoffMs = Math.min(waitMaxMs, 250 * 2 ** Math.min(attempt - 1, 10));
  if (!(error instanceof HeliosError)) return backoffMs;
  if (!errorTable[error.code].retryable) return undefined;
  return error.retryAfterS === undefined ? backoffMs : Math.min(waitMaxMs, error.retryAfterS * 1000);
}

/** Waits; while the program stops, only for a moment. */
async function pause(delayMs: number, stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) await wait(250);
  else await wait(delayMs, undefined, { signal: stopping }).catch(() => undefined); // the abort only ends the wait
}
