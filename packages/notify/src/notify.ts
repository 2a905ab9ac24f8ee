import {
  commitIfHeld,
  type Delivery,
  type DeliveryStore,
  type DiagnosisStore,
  type EventLog,
  type IncidentStore,
  type Logger,
  type Meter,
  type Pacer,
  type RecordBatch,
  type Service,
  type SilenceStore,
} from '@heliosiq/ports';
import { createDeliveryWorker } from './delivery-worker.ts';
import { createHoldingBack } from './holding-back.ts';
import { type MessageSources, messagesFor } from './message-writing.ts';
import { retryDefaults, type RetryPolicy } from './retry-policy.ts';
import { createWakeUp } from './wake-up.ts';
import type { WebhookTarget } from './webhook-target.ts';

export interface NotifyDeps {
  readonly log: EventLog;
  readonly deliveries: DeliveryStore;
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  readonly silences: SilenceStore;
  readonly targets: readonly WebhookTarget[];
  /** Where people open HeliosIQ, e.g. `https://helios.example.org`. */
  readonly publicUrl: string;
  /** The global one when absent. */
  readonly fetch?: typeof globalThis.fetch;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** Shared by the stages of a process; without one the stage gives way to nobody. */
  readonly pacer?: Pacer;
  readonly settings?: Partial<NotifySettings>;
}

export interface NotifySettings {
  /** How long a receiver may take to answer. */
  readonly timeoutMs: number;
  /** How often the store is asked for messages that are due. */
  readonly pollMs: number;
  readonly retry: RetryPolicy;
  /** How often it is asked whether a message that is held back may go. */
  readonly heldLookMs: number;
}

export const notifyDefaults: NotifySettings = {
  timeoutMs: 10_000,
  pollMs: 1_000,
  retry: retryDefaults,
  heldLookMs: 60_000,
};

/** Consumer group of the stage. */
export const notifyGroup = 'notify';

/** Writes a message per target for what is news in `incidents` and `diagnoses`, and delivers the messages. */
export function createNotify(deps: NotifyDeps): readonly Service[] {
  const settings = { ...notifyDefaults, ...deps.settings };
  const wakeUp = createWakeUp();
  const sources: MessageSources = deps;

  async function handle(batch: RecordBatch): Promise<void> {
    for (const record of batch.records) {
      await deps.pacer?.giveWay();
      const messages = await messagesFor(record, sources);
      if (!messages.ok) await batch.reject(record, messages.reason);
      else if (messages.value.length > 0) await enqueue(messages.value);
    }
    await commitIfHeld(batch);
  }

  async function enqueue(messages: readonly Delivery[]): Promise<void> {
    const [first] = messages;
    if (first === undefined) return;
    await deps.deliveries.add(first.tenantId, messages);
    wakeUp.ring();
  }

  const writing: Service = {
    name: 'notify-writing',
    async run(signal) {
      await using consumer = deps.log.consumer({ group: notifyGroup, topics: ['incidents', 'diagnoses'] });
      for await (const batch of consumer.batches(signal)) await handle(batch);
    },
  };

  const delivery = createDeliveryWorker({
    ...deps,
    ...settings,
    fetch: deps.fetch ?? globalThis.fetch,
    random: Math.random,
    holdingBack: createHoldingBack(deps),
    wakeUp,
  });
  return [writing, delivery];
}
