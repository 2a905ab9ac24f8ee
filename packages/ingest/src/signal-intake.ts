import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger, Meter, SignalIntake } from '@heliosiq/ports';
import { createSeriesBook } from './intake/series-book.ts';
import type { TelemetryIntake } from './intake/telemetry-intake.ts';
import { intakeDefaults } from './intake-settings.ts';
import type { IntakeSettings } from './intake-settings.ts';
import { createSignalBatch } from './signal-batch.ts';
import { readWireRecords } from './wire-records.ts';

export interface SignalIntakeDeps {
  readonly telemetry: TelemetryIntake;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly settings?: Partial<IntakeSettings>;
}

/** Records after which other requests get their turn. */
const recordsPerTurn = 5000;

/** Makes the door for signals: one append a request, so that a request's records are stored together. */
export function createSignalIntake({ telemetry, meter, logger, now, settings }: SignalIntakeDeps): SignalIntake {
  const { recordsMax, ageMaxMs, futureMaxMs, seriesCachedMax } = { ...intakeDefaults, ...settings };
  const series = createSeriesBook(seriesCachedMax);
  const acceptedSignals = meter.counter({
    name: 'heliosiq_ingest_signals_accepted_total',
    help: 'Signals stored by the intake.',
  });
  const rejectedSignals = meter.counter({
    name: 'heliosiq_ingest_signals_rejected_total',
    help: 'Signals that the intake refused.',
  });
  const appendedBytes = meter.counter({
    name: 'heliosiq_ingest_bytes_total',
    help: 'Bytes of request bodies with signals, after decompression.',
  });

  return {
    async accept(principal, { contentType, body, correlationId }) {
      const { tenantId } = principal;
      const moment = now();
      const { items, mayHoldUnstorableText } = readWireRecords(contentType, body, recordsMax);
      const window = { from: moment - ageMaxMs, to: moment + futureMaxMs };
      const batch = createSignalBatch({ tenantId, window, series, bytes: body.length, mayHoldUnstorableText });
      let turn = 0;
      for (const item of items) {
        batch.add(item);
        turn++;
        if (turn % recordsPerTurn === 0) await nextTurn();
      }
      const receipt = batch.receipt(await telemetry.store(batch.telemetry, { correlationId }));
      appendedBytes.add(body.length);
      acceptedSignals.add(receipt.accepted);
      rejectedSignals.add(receipt.rejectedTotal);
      if (receipt.rejectedTotal > 0) {
        const { accepted, rejectedTotal, rejected } = receipt;
        logger.warn({ tenantId, correlationId, accepted, rejectedTotal, first: rejected[0] }, 'signals-rejected');
      }
      return receipt;
    },
  };
}
