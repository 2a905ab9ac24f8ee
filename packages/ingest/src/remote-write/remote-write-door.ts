import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeliosError, errorTable } from '@heliosiq/model';
import type { DoorAnswer, DoorRequest, HttpDoor, Lease, Logger, Meter } from '@heliosiq/ports';
import { createTelemetryBatch } from '../intake/telemetry-batch.ts';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import { createExemplarKeeper } from './exemplar-events.ts';
import { createSeriesMemory } from './known-series.ts';
import { messageOf } from './message-choice.ts';
import { remoteWriteDefaults } from './remote-write-settings.ts';
import type { RemoteWriteSettings } from './remote-write-settings.ts';
import { createReplicaElection } from './replica-election.ts';
import type { Replica } from './replica-election.ts';
import { releaseBody, unpackSnappy } from './snappy-body.ts';
import { cursorOf } from './wire-cursor.ts';
import { readWriteRequestV1 } from './write-request-v1.ts';
import { readWriteRequestV2 } from './write-request-v2.ts';
import { createWriteTally, rejectionText, writtenHeaders } from './write-tally.ts';
import type { WriteTally } from './write-tally.ts';

export interface RemoteWriteDoorDeps {
  readonly telemetry: TelemetryIntake;
  /** Says which replica of a pair is stored, to all processes that share it. */
  readonly lease: Lease;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings?: Partial<RemoteWriteSettings>;
}

/** A request on its way in. */
interface Reading {
  readonly request: DoorRequest;
  readonly body: Buffer;
  readonly readRequest: typeof readWriteRequestV1;
  /** Milliseconds since the epoch: now, for all of the request. */
  readonly moment: number;
}

/** Replicas of one request. */
const replicasMax = 500;

/**
 * The door for Prometheus remote write 1.0 and 2.0. What is acceptable of a request is stored before it is answered;
 * 400 says that a part was not, and that sending it again would change nothing. Duplicates, staleness markers of
 * native histograms and the samples of a replica that is not the elected one count as written.
 */
export function createRemoteWriteDoor({
  telemetry,
  lease,
  meter,
  logger,
  now,
  settings,
}: RemoteWriteDoorDeps): HttpDoor {
  const chosen: RemoteWriteSettings = { ...remoteWriteDefaults, ...settings };
  const memory = createSeriesMemory(chosen);
  const election = createReplicaElection({ silenceMs: chosen.haFailoverMs, lease });
  const exemplars = createExemplarKeeper();
  const count = createWriteCounters(meter);

  /** Reads a request; the replicas about which the election has to be asked first are added to `unknown`. */
  async function readOnce({ request, body, readRequest, moment }: Reading, unknown: Set<Replica>) {
    const { tenantId } = request.principal;
    const batch = createTelemetryBatch(tenantId, body.length);
    const tally = createWriteTally();
    const admitted = new Map<Replica, boolean>();
    const reader = readRequest(cursorOf(body), {
      memory,
      batch,
      tally,
      timeFrom: moment - chosen.ageMaxMs,
      timeTo: moment + chosen.futureMaxMs,
      signalsMax: chosen.signalsMax,
      exemplars,
      admits(replica) {
        let isAdmitted = admitted.get(replica);
        if (isAdmitted === undefined) {
          const answer = election.admits(tenantId, replica, moment);
          if (answer === undefined) unknown.add(replica);
          admitted.set(replica, (isAdmitted = answer ?? false));
        }
        return isAdmitted;
      },
    });
    while (unknown.size === 0 && !reader.readTurn()) await nextTurn();
    return { batch, tally };
  }

  /** Reads a request, again where the election had to be asked about a replica in it: rare, each answer holds for seconds. */
  async function read(reading: Reading) {
    const { tenantId } = reading.request.principal;
    for (let askedCount = 0; ;) {
      const unknown = new Set<Replica>();
      const read = await readOnce(reading, unknown);
      if (unknown.size === 0) return read;
      askedCount += unknown.size;
      if (askedCount > replicasMax) throw tooManyReplicas();
      for (const replica of unknown) await election.ask(tenantId, replica, reading.moment);
    }
  }

  return {
    name: 'remote-write',
    method: 'POST',
    path: '/api/v1/write',
    decodes: ['snappy'],

    async handle(request) {
      const message = messageOf(request.contentType);
      if (message === undefined) throw unknownMessage(request.contentType);
      const { tenantId } = request.principal;
      // Prometheus takes a body without the header for snappy too.
      const isSnappy = /^(?:snappy)?$/i.test(request.headers['content-encoding']?.trim() ?? '');
      const body = isSnappy ? await unpackSnappy(request.body, chosen.decodedBytesMax) : request.body;
      const { batch, tally } = await read({
        request,
        body,
        readRequest: message === 'v2' ? readWriteRequestV2 : readWriteRequestV1,
        moment: now(),
      });
      const bodyBytes = body.length;
      if (isSnappy) releaseBody(body);
      const { refusedSamples, reason } = await telemetry.store(batch, { correlationId: request.requestId });
      tally.samplesWritten = Math.max(0, tally.samplesWritten - refusedSamples);
      count(tally, bodyBytes);
      const headers = message === 'v2' ? writtenHeaders(tally) : {};
      if (tally.rejectedTotal === 0 && refusedSamples === 0) return { status: 204, headers };
      // A sender that is told to repeat would hold back the known series as well, for as long as the limit stands.
      const text = [tally.rejectedTotal === 0 ? undefined : rejectionText(tally), reason].filter(Boolean).join('\n');
      logger.warn({ tenantId, correlationId: request.requestId, text }, 'remote-write-rejected');
      return plainAnswer(400, text, headers);
    },

    describeFault(fault, { contentType }) {
      const { status } = errorTable[fault.code];
      const cure = fault.cure === undefined ? '' : `. ${fault.cure}`;
      return plainAnswer(
        status,
        `${fault.message}${cure}`,
        messageOf(contentType) === 'v2' ? writtenHeaders(nothing) : {},
      );
    },
  };
}

const nothing = createWriteTally();

function plainAnswer(status: number, text: string, headers: Readonly<Record<string, string>>): DoorAnswer {
  return { status, mediaType: 'text/plain; charset=utf-8', headers, body: `${text}\n` };
}

function unknownMessage(contentType: string): HeliosError {
  const seen = contentType === '' ? 'missing' : JSON.stringify(contentType.slice(0, 100));
  return new HeliosError('unsupported-media-type', `The Content-Type is ${seen}`, {
    cure:
      'Send application/x-protobuf for remote write 1.0, or ' +
      'application/x-protobuf;proto=io.prometheus.write.v2.Request for 2.0',
  });
}

function tooManyReplicas(): HeliosError {
  return new HeliosError('invalid-request', `The request has samples of more than ${replicasMax} replicas`, {
    cure: 'Let each Prometheus send for itself, or drop the label of the replica',
  });
}

function createWriteCounters(meter: Meter): (tally: WriteTally, bytes: number) => void {
  const acceptedSignals = meter.counter({
    name: 'heliosiq_ingest_signals_accepted_total',
    help: 'Signals stored by the intake.',
  });
  const rejectedSignals = meter.counter({
    name: 'heliosiq_ingest_signals_rejected_total',
    help: 'Signals that the intake refused.',
  });
  const bodyBytes = meter.counter({
    name: 'heliosiq_ingest_bytes_total',
    help: 'Bytes of request bodies with signals, after decompression.',
  });
  const written = meter.counter({
    name: 'heliosiq_remote_write_written_total',
    help: 'Samples, histograms and exemplars of Prometheus remote write that were taken, by kind.',
    labels: ['kind'],
  });
  const passedOver = meter.counter({
    name: 'heliosiq_remote_write_passed_over_total',
    help: 'Of the samples and histograms taken, those not stored: staleness markers of histograms, and what another replica sends.',
    labels: ['reason'],
  });
  const rejected = meter.counter({
    name: 'heliosiq_remote_write_rejected_total',
    help: 'Samples, histograms and exemplars of Prometheus remote write that were refused, by reason.',
    labels: ['reason'],
  });

  return (tally, bytes) => {
    const { samplesWritten, histogramsWritten, exemplarsWritten, staleMarkers, ofOtherReplicas } = tally;
    acceptedSignals.add(samplesWritten + histogramsWritten + exemplarsWritten);
    rejectedSignals.add(tally.rejectedTotal);
    bodyBytes.add(bytes);
    written.add(samplesWritten, { kind: 'sample' });
    if (histogramsWritten > 0) written.add(histogramsWritten, { kind: 'histogram' });
    if (exemplarsWritten > 0) written.add(exemplarsWritten, { kind: 'exemplar' });
    if (staleMarkers > 0) passedOver.add(staleMarkers, { reason: 'stale-marker' });
    if (ofOtherReplicas > 0) passedOver.add(ofOtherReplicas, { reason: 'other-replica' });
    for (const [reason, amount] of tally.rejected) rejected.add(amount, { reason });
  };
}
