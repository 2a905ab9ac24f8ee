import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { DoorAnswer, DoorRequest, HttpDoor } from '@heliosiq/ports';
import { createTelemetryBatch } from '../intake/telemetry-batch.ts';
import { unpackSnappy } from '../remote-write/snappy-body.ts';
import { checkTime } from '../signal-time.ts';
import { createLogMaker } from './log-draft.ts';
import { levelOfField } from './log-level.ts';
import type { LogLinesDeps } from './log-lines-door.ts';
import { logLinesDefaults } from './log-lines-settings.ts';
import { draftOfLine } from './log-object.ts';
import { readLokiJson } from './loki-json.ts';
import { readLokiPush } from './loki-wire.ts';
import type { LokiEntry, LokiStream } from './loki-wire.ts';

const linesPerTurn = 2000;
const levelLabels = ['level', 'detected_level', 'severity'];
const traceLabels = ['trace_id', 'traceID', 'traceId'];

/**
 * `POST /loki/api/v1/push`: what Grafana Alloy, Promtail, Fluent Bit and Vector send to Loki, as protobuf with snappy or
 * as JSON. Answers 204 when all lines are stored, 400 when lines were out of time (the others are stored), as Loki does.
 */
export function createLokiDoor({ telemetry, meter, logger, now, settings }: LogLinesDeps): HttpDoor {
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

  async function streamsOf({
    mediaType,
    body,
    headers,
  }: DoorRequest): Promise<{ streams: readonly LokiStream[]; bytes: number }> {
    if (mediaType === 'application/json') return { streams: readLokiJson(body, chosen.recordsMax), bytes: body.length };
    // Senders of Loki compress with snappy and say nothing of it in a header.
    const isPlain = headers['content-encoding'] === 'gzip';
    const unpacked = isPlain ? body : await unpackSnappy(body, chosen.bodyBytesMax);
    return { streams: readLokiPush(unpacked, chosen.recordsMax), bytes: unpacked.length };
  }

  return {
    name: 'loki',
    method: 'POST',
    path: '/loki/api/v1/push',
    consumes: ['application/x-protobuf', 'application/json'],
    decodes: ['snappy'],
    describeFault: (fault) => ({ status: 400, mediaType: 'text/plain; charset=utf-8', body: `${fault.message}\n` }),

    async handle(request): Promise<DoorAnswer> {
      const { tenantId } = request.principal;
      const moment = now();
      const window = { from: moment - chosen.ageMaxMs, to: moment + chosen.futureMaxMs };
      const { streams, bytes } = await streamsOf(request);
      const batch = createTelemetryBatch(tenantId, bytes);
      const maker = createLogMaker({ tenantId, assetRules: chosen.assetRules, now: moment });
      let outOfTime = 0;
      let firstFault = '';
      let turn = 0;
      for (const { labels, entries } of streams) {
        for (const entry of entries) {
          const at = Number(BigInt(entry.ns) / 1_000_000n);
          const checked = checkTime(at, window);
          if (checked.ok) batch.signals.push(maker.make({ ...draftOf(entry, labels), at, exactTime: entry.ns }));
          else {
            outOfTime += 1;
            firstFault ||= checked.reason.reason;
          }
          turn += 1;
          if (turn % linesPerTurn === 0) await nextTurn();
        }
      }
      await telemetry.store(batch, { correlationId: request.requestId });
      taken.add(batch.signals.length, { door: 'loki' });
      refused.add(outOfTime, { door: 'loki' });
      if (outOfTime === 0) return { status: 204 };
      logger.warn({ tenantId, outOfTime, first: firstFault }, 'log-lines-rejected');
      throw new HeliosError('invalid-request', `${outOfTime} lines were not stored, the others were: ${firstFault}`);
    },
  };
}

function draftOf({ line, metadata }: LokiEntry, labels: ReadonlyMap<string, string>) {
  const all = new Map([...labels, ...metadata]);
  const level = levelLabels.map((name) => levelOfField(name, all.get(name))).find((found) => found !== undefined);
  const traceId = traceLabels.map((name) => all.get(name)).find((found) => found !== undefined);
  const draft = draftOfLine(line, all);
  return { ...draft, severity: level?.severity ?? draft.severity, traceId };
}
