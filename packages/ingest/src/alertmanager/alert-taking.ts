import type { Alert, DiscreteSignal, Principal } from '@heliosiq/model';
import type { Logger, Meter } from '@heliosiq/ports';
import { createTelemetryBatch } from '../intake/telemetry-batch.ts';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import type { RecordFault } from '../record-fault.ts';
import type { AlertBook, ToldFiring } from './alert-book.ts';
import type { AlertBooks } from './alert-books.ts';
import type { AlertSource } from './alert-episode.ts';
import { areTexts, isFingerprint, isWireObject, momentOf, readAlert, type ReportContext } from './alert-report.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { ReadMessage } from './alert-texts.ts';
import { fingerprintOfLabels } from './label-fingerprint.ts';
import { episodeHeaders } from './saved-episode.ts';

export interface AlertTakingDeps {
  readonly telemetry: TelemetryIntake;
  readonly books: AlertBooks;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly settings: AlertSettings;
}

/** The alerts of one body. */
export interface SentAlerts {
  readonly items: readonly unknown[];
  /** Where some of the items are known by their text and not read. */
  readonly texts?: ReadMessage;
  readonly way: AlertSource['way'];
  /** Size of the body. */
  readonly bytes: number;
  readonly mayHoldUnstorableText: boolean;
  readonly requestId: string;
  /** Signals beside the alerts that are stored with them. */
  readonly others?: readonly DiscreteSignal[];
}

export interface TakenAlerts {
  readonly accepted: number;
  readonly rejectedTotal: number;
  /** The first of them; `index` counts the alerts of the body from 0. */
  readonly rejected: readonly (RecordFault & { readonly index: number })[];
}

/** Takes alerts; resolved means that all that are accepted are stored. */
export type TakeAlerts = (principal: Principal, sent: SentAlerts) => Promise<TakenAlerts>;

const rejectedListedMax = 20;

/** Makes the part that both ways in share: an alert that says nothing new costs a look into the book and no append. */
export function createAlertTaking({ telemetry, books, meter, logger, now, settings }: AlertTakingDeps): TakeAlerts {
  const takenAlerts = meter.counter({
    name: 'heliosiq_ingest_alerts_total',
    help: 'Alerts taken, by way in; re-sends count.',
    labels: ['way'],
  });
  const rejectedAlerts = meter.counter({
    name: 'heliosiq_ingest_alerts_rejected_total',
    help: 'Alerts refused, by way in and the field at fault.',
    labels: ['way', 'field'],
  });
  const records = meter.counter({
    name: 'heliosiq_ingest_alert_records_total',
    help: 'Records that alerts made in the log: firings, renewals and ends.',
  });

  const { futureMaxMs, ageMaxMs, resolveTimeoutMs } = settings;
  const limits = { futureMaxMs, ageMaxMs, resolveTimeoutMs };

  return async (principal, { items, texts, way, bytes, mayHoldUnstorableText, requestId, others = [] }) => {
    const { tenantId } = principal;
    const book = await books.of(tenantId);
    const context = { way, now: now(), mayHoldUnstorableText, ...limits };
    const batch = createTelemetryBatch(tenantId, bytes);
    const alerts: Alert[] = [];
    const rejected: (RecordFault & { readonly index: number })[] = [];
    let rejectedTotal = 0;
    for (let index = 0; index < items.length; index += 1) {
      const known = texts?.known(index);
      if (known !== undefined && book.refresh(known, context.now)) continue;
      const item = known === undefined ? items[index] : texts?.alert(index);
      if (isRefreshment(book, item, context)) {
        const firing = way === 'webhook' ? firingOf(item) : undefined;
        if (firing !== undefined) texts?.learn(index, firing);
        continue;
      }
      const report = readAlert(item, context);
      if (report.ok) {
        alerts.push(...book.observe(report.value, startsTextOf(item), context.now));
        continue;
      }
      rejectedTotal += 1;
      rejectedAlerts.add(1, { way, field: fieldOf(report.reason) });
      if (rejected.length < rejectedListedMax) rejected.push({ index, ...report.reason });
    }
    batch.signals.push(...alerts, ...others);
    await telemetry.store(batch, { correlationId: requestId, headersOf: (signal) => episodeHeaders(book, signal) });
    book.markStored(alerts);
    const accepted = items.length - rejectedTotal;
    takenAlerts.add(accepted, { way });
    if (alerts.length > 0) records.add(alerts.length);
    if (rejectedTotal > 0) {
      logger.warn(
        { tenantId, correlationId: requestId, way, accepted, rejectedTotal, first: rejected[0] },
        'alerts-rejected',
      );
    }
    return { accepted, rejectedTotal, rejected };
  };
}

/**
 * True for a re-send of a firing that is stored, which is most of what senders send. Only what identifies it is looked
 * at: its words may have changed, and the next renewal will bring them.
 */
function isRefreshment(
  book: AlertBook,
  item: unknown,
  { way, now, mayHoldUnstorableText, resolveTimeoutMs }: ReportContext & Pick<AlertSettings, 'resolveTimeoutMs'>,
): boolean {
  if (!isWireObject(item)) return false;
  if (way === 'webhook') {
    const firing = firingOf(item);
    return firing !== undefined && book.refresh(firing, now);
  }
  const { labels } = item;
  if (mayHoldUnstorableText || !areTexts(labels)) return false;
  const endsAt = momentOf(item['endsAt']) ?? now + resolveTimeoutMs;
  const firing = { fingerprint: fingerprintOfLabels(labels), startsAt: item['startsAt'] };
  return endsAt > now && book.refresh(firing, now, endsAt);
}

/** What identifies a firing that a webhook tells of; undefined for anything else. */
function firingOf(item: unknown): ToldFiring | undefined {
  if (!isWireObject(item)) return undefined;
  const { fingerprint, status, startsAt } = item;
  return status === 'firing' && isFingerprint(fingerprint) ? { fingerprint, startsAt } : undefined;
}

function startsTextOf(item: unknown): unknown {
  return isWireObject(item) ? item['startsAt'] : undefined;
}

/** The part of the field at fault that is one of a few. */
function fieldOf({ field }: RecordFault): string {
  const [first = ''] = field?.split('.', 1) ?? [];
  return ['labels', 'annotations', 'startsAt', 'endsAt'].includes(first) ? first : 'shape';
}
