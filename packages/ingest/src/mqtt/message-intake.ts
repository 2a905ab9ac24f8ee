import { setTimeout as delay } from 'node:timers/promises';
import { rejected } from '@heliosiq/model';
import type { Outcome, TenantId } from '@heliosiq/model';
import type { Logger, Meter, StateStore } from '@heliosiq/ports';
import type { SeriesBook } from '../intake/series-book.ts';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import type { MessageFault } from './measurement.ts';
import { createMessageClock } from './message-clock.ts';
import { createMessageFaults } from './message-faults.ts';
import { createMessageQueue } from './message-queue.ts';
import type { MessageQueue } from './message-queue.ts';
import { createMessageReader } from './message-reader.ts';
import type { Message, MessageSignals } from './message-reader.ts';
import type { MqttLimits } from './mqtt-limits.ts';
import { createRedeliveryJournal, nameOfDelivery } from './redelivery-journal.ts';
import type { Delivery } from './redelivery-journal.ts';
import { createSparkplugNodes } from './sparkplug-nodes.ts';
import type { SparkplugNodeName } from './sparkplug-nodes.ts';
import { createTopicReader } from './topic-template.ts';

/** What every way of MQTT into the program needs. */
export interface MessageIntakeDeps {
  readonly telemetry: TelemetryIntake;
  readonly series: SeriesBook;
  /** Keeps the journal of redeliveries. */
  readonly state: StateStore;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What became of a message. Only what is `stored` may be acknowledged as taken. */
export type MessageResult =
  | { readonly kind: 'stored' }
  /** It can never be used. */
  | { readonly kind: 'rejected'; readonly reason: MessageFault }
  | { readonly kind: 'over-quota' }
  | { readonly kind: 'unavailable' };

export interface IncomingMessage {
  readonly tenantId: TenantId;
  readonly topic: string;
  readonly payload: Buffer;
  readonly clientId: string;
  /** Given for messages that are delivered again until they are acknowledged. */
  readonly delivery?: Delivery;
  /** Events that go with the message whatever it holds, such as a last will. */
  readonly events?: MessageSignals['events'];
  readonly done: (result: MessageResult) => void;
  /** Called when births of an edge node are missing: asking it for a rebirth helps. */
  readonly onIncompleteNode?: (node: SparkplugNodeName) => void;
}

/** Takes messages, stores them many at once, and tells each what became of it. */
export interface MessageIntake {
  /** `done` is called once, at once or later. */
  add(message: IncomingMessage): void;
  /** True when nothing more should be read from the tenant's connections; `whenRoom` calls back once when that is over. */
  isFull(tenantId: TenantId): boolean;
  whenRoom(callback: () => void): void;
  /** Resolves when every message has its answer, after ten seconds at most; waiting for retries is cut short. */
  finish(): Promise<void>;
}

export interface MessageIntakeOptions {
  readonly instance: string;
  readonly templates: readonly string[];
  readonly limits: MqttLimits;
}

/** Bytes that a waiting message takes beside its payload. */
const messageOverheadBytes = 300;
const finishMaxMs = 10_000;

const noSignals: MessageSignals = { samples: [], events: [], place: '', skipped: 0, hasGap: false };

export function createMessageIntake(deps: MessageIntakeDeps, options: MessageIntakeOptions): MessageIntake {
  const { telemetry, series, state, meter, logger, now } = deps;
  const { instance, templates, limits } = options;
  const reader = createMessageReader({
    series,
    topics: createTopicReader(templates),
    sparkplug: createSparkplugNodes(),
  });
  const journal = createRedeliveryJournal(state, instance);
  const clock = createMessageClock();
  const faults = createMessageFaults(deps);
  const queues = new Map<TenantId, MessageQueue>();
  const stopping = new AbortController();
  let waiters: (() => void)[] = [];
  let bytes = 0;

  const stored = meter.counter({ name: 'heliosiq_ingest_mqtt_stored_total', help: 'MQTT messages stored.' });
  const skipped = meter.counter({
    name: 'heliosiq_ingest_mqtt_values_skipped_total',
    help: 'Numbers of stored MQTT messages that could not be used: name, moment or Sparkplug alias.',
  });
  const gaps = meter.counter({
    name: 'heliosiq_ingest_mqtt_sparkplug_gaps_total',
    help: 'Gaps in the sequence numbers of Sparkplug edge nodes.',
  });
  const pending = meter.gauge({
    name: 'heliosiq_ingest_mqtt_pending_bytes',
    help: 'Bytes of MQTT messages that are not stored yet.',
  });

  function queueOf(tenantId: TenantId): MessageQueue {
    const known = queues.get(tenantId);
    if (known !== undefined) return known;
    const queue = createMessageQueue({
      tenantId,
      telemetry,
      journal,
      clock,
      logger,
      retryMaxMs: limits.retryMaxMs,
      signal: stopping.signal,
      onSettled(settled) {
        bytes -= settled;
        pending.set(bytes);
        const called = waiters;
        waiters = [];
        for (const waiter of called) waiter();
      },
    });
    queues.set(tenantId, queue);
    return queue;
  }

  function understand(
    message: Message,
    onIncompleteNode: IncomingMessage['onIncompleteNode'],
  ): Outcome<MessageSignals, MessageFault> {
    if (message.payload.length === 0) return rejected('empty');
    const read = reader.read(message);
    if (!read.ok) return read;
    const { samples, events, skipped: skippedNow, hasGap, incompleteNode } = read.value;
    if (skippedNow > 0) skipped.add(skippedNow);
    if (hasGap) gaps.add(1);
    if (incompleteNode === undefined) return read;
    onIncompleteNode?.(incompleteNode);
    return samples.length + events.length === 0 ? rejected('alias-unknown') : read;
  }

  return {
    add({ tenantId, topic, payload, clientId, delivery, events = [], done, onIncompleteNode }) {
      const receivedAt = now();
      const read = understand({ tenantId, topic, payload, receivedAt }, onIncompleteNode);
      if (!read.ok) faults.note({ tenantId, reason: read.reason, topic, clientId });
      if (!read.ok && events.length === 0) return done({ kind: 'rejected', reason: read.reason });
      const found = read.ok ? read.value : noSignals;
      const signals = events.length === 0 ? found : { ...found, events: [...events, ...found.events] };
      const isUntimed = signals.samples.some(({ at }) => at === undefined);
      const messageBytes = payload.length + messageOverheadBytes;
      bytes += messageBytes;
      pending.set(bytes);
      queueOf(tenantId).add({
        signals,
        receivedAt,
        payloadBytes: payload.length,
        bytes: messageBytes,
        journalName: delivery !== undefined && isUntimed ? nameOfDelivery(delivery, topic, payload) : undefined,
        isRedelivered: delivery?.isRedelivered ?? false,
        done(result) {
          if (result === 'stored') stored.add(1);
          else faults.note({ tenantId, reason: result, topic, clientId });
          done(result === 'series-max' ? { kind: 'rejected', reason: result } : { kind: result });
        },
      });
    },
    isFull: (tenantId) =>
      bytes >= limits.pendingBytesMax || (queues.get(tenantId)?.bytes ?? 0) >= limits.pendingBytesMax / 4,
    whenRoom: (callback) => void waiters.push(callback),
    async finish() {
      stopping.abort();
      const tooLong = delay(finishMaxMs, undefined, { ref: false });
      const allSettled = async (): Promise<void> => {
        while (bytes > 0) await new Promise<void>((resolve) => waiters.push(resolve));
      };
      await Promise.race([allSettled(), tooLong]);
    },
  };
}
