import { setTimeout as delay } from 'node:timers/promises';
import { errorTable, HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import { addSample, createTelemetryBatch } from '../intake/telemetry-batch.ts';
import type { StoreReceipt, TelemetryIntake } from '../intake/telemetry-intake.ts';
import type { MessageClock } from './message-clock.ts';
import type { MessageSignals } from './message-reader.ts';
import type { JournalEntry, RedeliveryJournal } from './redelivery-journal.ts';

/**
 * What became of a message: it is durable; the tenant's rate or bytes are used up; all its series are new and over the limit of
 * series; the store is down.
 */
export type StoreResult = 'stored' | 'over-quota' | 'series-max' | 'unavailable';

/** A message on its way to the log. */
export interface QueuedMessage {
  readonly signals: MessageSignals;
  readonly receivedAt: number;
  /** Its name in the journal, when it may be delivered again and names no moment itself. */
  readonly journalName: string | undefined;
  readonly isRedelivered: boolean;
  /** Of the payload, and what the message takes while it waits. */
  readonly payloadBytes: number;
  readonly bytes: number;
  readonly done: (result: StoreResult) => void;
  /** Given before the first attempt to store it, the same in all. */
  at?: number;
  isJournalled?: boolean;
}

/** The messages of one tenant, stored in their order, many at once. */
export interface MessageQueue {
  readonly bytes: number;
  add(message: QueuedMessage): void;
}

export interface MessageQueueDeps {
  readonly tenantId: TenantId;
  readonly telemetry: TelemetryIntake;
  readonly journal: RedeliveryJournal;
  readonly clock: MessageClock;
  readonly logger: Logger;
  readonly retryMaxMs: number;
  /** Ends waiting for retries. */
  readonly signal: AbortSignal;
  readonly onSettled: (bytes: number) => void;
}

const batchMessagesMax = 2000;
const batchSamplesMax = 20_000;
const pauseMaxMs = 2000;

export function createMessageQueue(deps: MessageQueueDeps): MessageQueue {
  const { tenantId, telemetry, journal, clock, logger, retryMaxMs, signal, onSettled } = deps;
  let waiting: QueuedMessage[] = [];
  let bytes = 0;
  let isRunning = false;

  function nextBatch(): QueuedMessage[] {
    let samples = 0;
    let count = 0;
    while (count < waiting.length && count < batchMessagesMax && samples < batchSamplesMax) {
      samples += waiting[count]?.signals.samples.length ?? 0;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  function settle(messages: readonly QueuedMessage[], resultOf: (message: QueuedMessage) => StoreResult): void {
    let settled = 0;
    for (const message of messages) {
      settled += message.bytes;
      message.done(resultOf(message));
    }
    bytes -= settled;
    onSettled(settled);
  }

  /** Gives every message its moment; those that may come again have it written down first. */
  async function giveMoments(messages: readonly QueuedMessage[]): Promise<void> {
    const isKept = messages.some(({ journalName }) => journalName !== undefined);
    const own = isKept ? await journal.of(tenantId) : undefined;
    const news: JournalEntry[] = [];
    for (const message of messages) {
      const { journalName, signals, receivedAt, isRedelivered } = message;
      if (message.at === undefined) {
        const known = journalName === undefined || !isRedelivered ? undefined : own?.find(journalName);
        message.isJournalled = known !== undefined;
        message.at = known ?? clock.next(signals.place, receivedAt, own?.latestBefore(signals.place));
      }
      const { at } = message;
      if (journalName !== undefined && !message.isJournalled)
        news.push({ name: journalName, place: signals.place, at });
    }
    if (news.length === 0) return;
    await own?.write(news);
    for (const message of messages) message.isJournalled = true;
  }

  async function store(messages: readonly QueuedMessage[]): Promise<StoreReceipt> {
    await giveMoments(messages);
    const batch = createTelemetryBatch(
      tenantId,
      messages.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0),
    );
    for (const { signals, at = 0 } of messages) {
      for (const sample of signals.samples) addSample(batch, sample.entry, sample.at ?? at, sample.value);
      batch.signals.push(...signals.events);
    }
    return telemetry.store(batch);
  }

  /** Stores, and tries again within the limit; the reason when it was in vain. */
  async function storeOrGiveUp(
    messages: readonly QueuedMessage[],
  ): Promise<StoreReceipt | 'over-quota' | 'unavailable'> {
    const giveUpAt = performance.now() + retryMaxMs;
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, pauseMaxMs)) {
      try {
        return await store(messages);
      } catch (error) {
        const fault = error instanceof HeliosError ? error : undefined;
        const result = fault?.code === 'rate-limited' ? 'over-quota' : 'unavailable';
        const isFinal = fault !== undefined && !errorTable[fault.code].retryable;
        const waitMs = Math.max(pauseMs, (fault?.retryAfterS ?? 0) * 1000);
        if (isFinal || signal.aborted || performance.now() + waitMs > giveUpAt) {
          if (result === 'unavailable')
            logger.error({ tenantId, error, messages: messages.length }, 'mqtt-store-failed');
          return result;
        }
        await delay(waitMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const batch = nextBatch();
      const receipt = await storeOrGiveUp(batch);
      if (typeof receipt === 'string') settle(batch, () => receipt);
      else if (receipt.refusedSamples === 0) settle(batch, () => 'stored');
      else settle(batch, (message) => (isRefused(message) ? 'series-max' : 'stored'));
    }
    isRunning = false;
  }

  return {
    get bytes() {
      return bytes;
    },
    add(message) {
      waiting.push(message);
      bytes += message.bytes;
      // Messages that arrive in one turn of the event loop are stored together.
      if (!isRunning) {
        isRunning = true;
        setImmediate(() => void run());
      }
    },
  };
}

/** True when the limit of series let in none of the message's series, and nothing else of it was stored. */
function isRefused({ signals: { samples, events } }: QueuedMessage): boolean {
  if (samples.length === 0 || events.length > 0) return false;
  return samples.every(({ entry }) => {
    const series = entry.shape === undefined ? [entry] : entry.shape.outputs.map((output) => output.entry);
    return series.some(({ refusedUntil }) => refusedUntil > 0) && series.every(({ ref }) => ref === 0);
  });
}
