import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeliosError, accepted, errorTable } from '@heliosiq/model';
import type { Outcome } from '@heliosiq/model';
import { decodeUtf8 } from '@heliosiq/model/json-text.ts';
import type { DoorAnswer, DoorRequest, HttpDoor, Logger, Meter, RejectedSignal } from '@heliosiq/ports';
import { createTelemetryBatch } from '../intake/telemetry-batch.ts';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import type { RecordFault } from '../record-fault.ts';
import { checkTime } from '../signal-time.ts';
import { readWireRecords } from '../wire-records.ts';
import { createLogMaker } from './log-draft.ts';
import type { LogDraft } from './log-draft.ts';
import { logLinesDefaults } from './log-lines-settings.ts';
import type { LogLinesSettings } from './log-lines-settings.ts';
import { draftOfLine, readLogObject } from './log-object.ts';

export interface LogLinesDeps {
  readonly telemetry: TelemetryIntake;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings?: Partial<LogLinesSettings>;
}

const recordsPerTurn = 2000;
const rejectedListedMax = 100;

/**
 * `POST /api/v1/logs`: log objects of any logger as a JSON array or one a line, or plain text, one log a line. Of the
 * query, `asset=NAME` and `label.NAME=VALUE` hold for all lines that do not say so themselves. 202 with the counts means
 * stored; 422 that not one line could be taken.
 */
export function createLogLinesDoor({ telemetry, meter, logger, now, settings }: LogLinesDeps): HttpDoor {
  const chosen = { ...logLinesDefaults, ...settings };
  const taken = meter.counter({
    name: 'heliosiq_log_lines_accepted_total',
    help: 'Log lines stored.',
    labels: ['door'],
  });
  const refused = meter.counter({
    name: 'heliosiq_log_lines_rejected_total',
    help: 'Log lines that are none or out of time.',
    labels: ['door'],
  });

  return {
    name: 'log-lines',
    method: 'POST',
    path: '/api/v1/logs',
    consumes: ['application/json', 'application/x-ndjson', 'application/jsonl', 'text/plain'],

    async handle({ principal, mediaType, body, query, requestId }: DoorRequest): Promise<DoorAnswer> {
      const { tenantId } = principal;
      const moment = now();
      const window = { from: moment - chosen.ageMaxMs, to: moment + chosen.futureMaxMs };
      const common = labelsOfQuery(query);
      const batch = createTelemetryBatch(tenantId, body.length);
      const maker = createLogMaker({ tenantId, assetRules: chosen.assetRules, now: moment });
      const rejected: RejectedSignal[] = [];
      let index = 0;
      let rejectedTotal = 0;
      for (const item of draftsOf(mediaType, body, chosen.recordsMax)) {
        const fault = item.ok ? timeFaultOf(item.value, window) : item.reason;
        if (fault !== undefined) {
          rejectedTotal += 1;
          if (rejected.length < rejectedListedMax) rejected.push({ index, ...fault });
        } else if (item.ok) {
          batch.signals.push(maker.make({ ...item.value, labels: new Map([...common, ...item.value.labels]) }));
        }
        index += 1;
        if (index % recordsPerTurn === 0) await nextTurn();
      }
      await telemetry.store(batch, { correlationId: requestId });
      taken.add(batch.signals.length, { door: 'log-lines' });
      refused.add(rejectedTotal, { door: 'log-lines' });
      const receipt = { accepted: batch.signals.length, rejectedTotal, rejected };
      if (rejectedTotal > 0)
        logger.warn({ tenantId, requestId, ...receipt, rejected: rejected[0] }, 'log-lines-rejected');
      if (rejectedTotal > 0 && batch.signals.length === 0) return noneAccepted(receipt, requestId);
      return { status: 202, mediaType: 'application/json', body: JSON.stringify(receipt) };
    },
  };
}

function draftsOf(mediaType: string, body: Buffer, recordsMax: number): Iterable<Outcome<LogDraft, RecordFault>> {
  return mediaType === 'text/plain' ? textDrafts(body, recordsMax) : objectDrafts(mediaType, body, recordsMax);
}

function* objectDrafts(mediaType: string, body: Buffer, recordsMax: number): Iterable<Outcome<LogDraft, RecordFault>> {
  for (const item of readWireRecords(mediaType, body, recordsMax).items)
    yield item.ok ? readLogObject(item.value) : item;
}

function* textDrafts(body: Buffer, recordsMax: number): Iterable<Outcome<LogDraft, RecordFault>> {
  const text = decodeUtf8(body);
  let lines = 0;
  for (let start = 0; start < text.length;) {
    const feed = text.indexOf('\n', start);
    const end = feed === -1 ? text.length : feed;
    const line = text.slice(start, end).trimEnd();
    start = end + 1;
    if (line === '') continue;
    lines += 1;
    if (lines > recordsMax) {
      const cure = `Send at most ${recordsMax} lines in one request`;
      throw new HeliosError('too-large', `The body has more than ${recordsMax} lines`, { cure });
    }
    yield accepted(draftOfLine(line));
  }
}

function timeFaultOf(
  { at }: LogDraft,
  window: { readonly from: number; readonly to: number },
): RecordFault | undefined {
  if (at === undefined) return undefined;
  const checked = checkTime(at, window);
  return checked.ok ? undefined : checked.reason;
}

function labelsOfQuery(query: DoorRequest['query']): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue;
    if (name === 'asset') labels.set('asset', value);
    else if (name.startsWith('label.')) labels.set(name.slice(6), value);
  }
  return labels;
}

function noneAccepted(
  receipt: { readonly accepted: number; readonly rejectedTotal: number; readonly rejected: readonly RejectedSignal[] },
  requestId: string,
): DoorAnswer {
  const [first] = receipt.rejected;
  const { status, title } = errorTable.unprocessable;
  const problem = {
    type: 'urn:heliosiq:problem:unprocessable',
    title,
    status,
    code: 'unprocessable',
    detail: first?.reason,
    cure: first?.cure,
    requestId,
    ...receipt,
  };
  return { status, mediaType: 'application/problem+json', body: JSON.stringify(problem) };
}
