import { setTimeout as delay } from 'node:timers/promises';
import { HeliosError, errorTable } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { EventLog, Logger, MessageSource, Meter, Service, SourceBatch } from '@heliosiq/ports';
import type { SeriesBook } from '../intake/series-book.ts';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import { intakeDefaults } from '../intake-settings.ts';
import type { MessageMapping } from './kafka-source-settings.ts';
import { createMessageBatch } from './message-batch.ts';
import type { MessageBatch } from './message-batch.ts';
import { messageReader } from './message-records.ts';

export interface KafkaTopicsDeps {
  /** Tells several of these services apart. */
  readonly name: string;
  readonly tenantId: TenantId;
  readonly source: MessageSource;
  readonly mapping: MessageMapping;
  readonly telemetry: TelemetryIntake;
  readonly series: SeriesBook;
  readonly log: EventLog;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Without better knowledge what cannot be stored now is tried again after this long. */
const pauseS = 1;

/**
 * Takes in the messages of another system's topics. Offsets are committed when the signals are durable in the log and what
 * is no signal lies in `signals-rejected` with its reason. A limit of the tenant or an outage holds the topics up; nothing
 * is passed over for it.
 */
export function createKafkaTopics(deps: KafkaTopicsDeps): Service {
  const { tenantId, source, telemetry, series, log, logger, now } = deps;
  const read = messageReader(deps.mapping);
  const labels = { tenant: tenantId, source: deps.name };
  const taken = deps.meter.counter({
    name: 'heliosiq_ingest_kafka_messages_total',
    help: 'Messages of Kafka topics that were taken in and committed.',
    labels: ['tenant', 'source'],
  });
  const rejected = deps.meter.counter({
    name: 'heliosiq_ingest_kafka_rejected_total',
    help: 'Messages of Kafka topics, or parts of them, that went to the rejected topic.',
    labels: ['tenant', 'source'],
  });

  async function take(batch: SourceBatch, signal: AbortSignal): Promise<void> {
    const moment = now();
    const window = { from: moment - intakeDefaults.ageMaxMs, to: moment + intakeDefaults.futureMaxMs };
    const messages = createMessageBatch(batch.messages, { tenantId, read, window, series });
    const refused = await untilDone(signal, () => store(messages));
    const bad = [...messages.rejected, ...refused];
    if (bad.length > 0) {
      await untilDone(signal, () => log.append(tenantId, 'signals-rejected', bad));
      rejected.add(bad.length, labels);
      logger.warn({ source: deps.name, rejected: bad.length, first: bad[0]?.headers }, 'messages-rejected');
    }
    await commit(batch);
    taken.add(batch.messages.length, labels);
  }

  async function store(messages: MessageBatch) {
    const receipt = await telemetry.store(messages.telemetry);
    if (receipt.refusedSamples === 0) return [];
    return messages.refused(receipt.reason ?? 'the limit of series is reached');
  }

  /** Repeats what an outage or a limit keeps from being done; rejects when the signal aborts. */
  async function untilDone<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof HeliosError) || !errorTable[error.code].retryable) throw error;
        logger.warn({ source: deps.name, error }, 'messages wait to be stored');
        await delay((error.retryAfterS ?? pauseS) * 1000, undefined, { signal });
      }
    }
  }

  async function commit(batch: SourceBatch): Promise<void> {
    try {
      await batch.commit();
    } catch (error) {
      // Another member has the partition now and will be given the messages again: the same signals, stored once.
      if (!(error instanceof HeliosError) || (error.code !== 'conflict' && error.code !== 'unavailable')) throw error;
      logger.info({ source: deps.name, error }, 'messages will be delivered again');
    }
  }

  return {
    name: `kafka-topics-${deps.name}`,
    async run(signal) {
      try {
        for await (const batch of source.batches(signal)) await take(batch, signal);
      } catch (error) {
        // What was not committed is delivered again after the next start.
        if (!signal.aborted) throw error;
      }
    },
  };
}
