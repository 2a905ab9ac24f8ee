import { HeliosError, type IncidentId, type TimelineEntry } from '@heliosiq/model';
import type { Delivery, DeliveryStore, IncidentStore, Logger, Meter, Service } from '@heliosiq/ports';
import type { HoldingBack } from './holding-back.ts';
import { type RetryPolicy, retryDelayMs } from './retry-policy.ts';
import type { WakeUp } from './wake-up.ts';
import { type Attempt, sendWebhook } from './webhook-sending.ts';
import type { WebhookTarget } from './webhook-target.ts';

export interface DeliveryWorkerDeps {
  readonly deliveries: DeliveryStore;
  readonly incidents: IncidentStore;
  readonly targets: readonly WebhookTarget[];
  readonly fetch: typeof globalThis.fetch;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly random: () => number;
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly retry: RetryPolicy;
  readonly wakeUp: WakeUp;
  readonly holdingBack: HoldingBack;
  readonly heldLookMs: number;
}

const takenMax = 32;
/** A lease covers two attempts in a row and this. It is what the death of a process delays a message by. */
const leaseMarginMs = 10_000;
const heldPrefix = 'held back: ';

/**
 * Sends waiting messages. State is durable: a message is leased while it is being sent, so that a crash delays it by the
 * lease and another worker leaves it alone. A receiver may get one twice and knows it by `x-heliosiq-delivery`.
 */
export function createDeliveryWorker(deps: DeliveryWorkerDeps): Service {
  const { deliveries, logger, now, retry } = deps;
  const attempts = deps.meter.counter({
    name: 'heliosiq_notify_attempts_total',
    help: 'Attempts to deliver a message, by target and outcome.',
    labels: ['target', 'outcome'],
  });
  const durations = deps.meter.histogram({
    name: 'heliosiq_notify_attempt_duration_seconds',
    help: 'How long receivers took to answer.',
    labels: ['target'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10],
  });

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const target = deps.targets.find(({ name }) => name === delivery.target);
    if (target === undefined) {
      await conclude(delivery, { outcome: 'failed', reason: 'the target is no longer configured' });
      return;
    }
    if (!(await mayGo(delivery, target))) return;
    const startedAt = now();
    let attempt: Attempt;
    try {
      attempt = await sendWebhook(target, delivery, { fetch: deps.fetch, timeoutMs: deps.timeoutMs, now, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      // Stopped on the way: the next start sends it at once instead of waiting for the lease to end.
      await deliveries.update(delivery.tenantId, { ...delivery, nextAttemptAt: now() });
      return;
    }
    durations.observe((now() - startedAt) / 1000, { target: target.name });
    attempts.add(1, { target: target.name, outcome: attempt.outcome });
    await conclude(delivery, attempt);
  }

  /**
   * Holds a message back while there is a reason to, and looks again. What is over by then needs no page any more: it is
   * concluded untold. A first attempt asks; a message that was tried is on its way.
   */
  async function mayGo(delivery: Delivery, target: WebhookTarget): Promise<boolean> {
    if (delivery.attempts > 0) return true;
    // The cast holds: the id was taken from an incident when the message was written.
    const incident = await deps.incidents.get(delivery.tenantId, delivery.incidentId as IncidentId);
    if (incident === undefined) return true;
    const wasHeld = delivery.lastError?.startsWith(heldPrefix) === true;
    const reason = await deps.holdingBack.reasonFor(delivery.tenantId, incident, target);
    if (reason === undefined && !(wasHeld && incident.status === 'resolved')) return true;
    const lastError = reason === undefined ? delivery.lastError : `${heldPrefix}${reason}`;
    if (!wasHeld) {
      await tell(delivery, { kind: 'notification-muted', text: `Webhook ${delivery.target} is not told: ${reason}.` });
    }
    const isOver = incident.status === 'resolved';
    await deliveries.update(delivery.tenantId, {
      ...delivery,
      ...(lastError === undefined ? {} : { lastError }),
      status: isOver ? 'failed' : 'waiting',
      nextAttemptAt: now() + deps.heldLookMs,
    });
    if (isOver) attempts.add(1, { target: target.name, outcome: 'muted' });
    return false;
  }

  async function conclude(delivery: Delivery, attempt: Attempt): Promise<void> {
    const at = now();
    const tried = { ...delivery, attempts: delivery.attempts + 1 };
    if (attempt.outcome === 'delivered') {
      await tell(delivery, { kind: 'notification-sent', text: `Webhook ${delivery.target} was told.` });
      await deliveries.update(delivery.tenantId, { ...tried, status: 'delivered' });
      return;
    }
    const isOver =
      attempt.outcome === 'failed' ||
      tried.attempts >= retry.attemptsMax ||
      // One that was held back for long still gets a second attempt.
      (tried.attempts > 1 && at - delivery.createdAt >= retry.ageMsMax);
    if (isOver) {
      const text = `Webhook ${delivery.target} could not be told after ${tried.attempts} ${tried.attempts === 1 ? 'attempt' : 'attempts'}: ${attempt.reason}`;
      await tell(delivery, { kind: 'notification-failed', text });
      await deliveries.update(delivery.tenantId, { ...tried, status: 'failed', lastError: attempt.reason });
      logger.warn(
        {
          tenantId: delivery.tenantId,
          incidentId: delivery.incidentId,
          target: delivery.target,
          attempts: tried.attempts,
          reason: attempt.reason,
        },
        'message given up',
      );
      return;
    }
    const delayMs = retryDelayMs(tried.attempts, retry, {
      random: deps.random(),
      retryAfterMs: attempt.outcome === 'retry' ? attempt.retryAfterMs : undefined,
    });
    await deliveries.update(delivery.tenantId, { ...tried, nextAttemptAt: at + delayMs, lastError: attempt.reason });
  }

  /** The entry is written before the outcome: after a crash in between it is written again under the same id. */
  async function tell(delivery: Delivery, entry: Pick<TimelineEntry, 'kind' | 'text'>): Promise<void> {
    const told: TimelineEntry = { ...entry, id: `${entry.kind}:${delivery.id}`, at: now() };
    try {
      // The cast holds: the id was taken from an incident when the message was written.
      await deps.incidents.appendTimeline(delivery.tenantId, delivery.incidentId as IncidentId, [told]);
    } catch (error) {
      // An incident that is gone has no timeline; the delivery is concluded all the same.
      if (!(error instanceof HeliosError) || error.code !== 'not-found') throw error;
    }
  }

  /** Messages to one target about one incident go out one after the other, in the order in which they were written. */
  async function deliverInOrder(
    taken: readonly Delivery[],
    { leaseUntil, signal }: { readonly leaseUntil: number; readonly signal: AbortSignal },
  ): Promise<void> {
    async function deliverLeased(delivery: Delivery): Promise<void> {
      if (now() + deps.timeoutMs <= leaseUntil) await deliver(delivery, signal);
      // Those before it took too long: it is taken anew, under a lease that lasts until it is over.
      else await deliveries.update(delivery.tenantId, { ...delivery, nextAttemptAt: now() });
    }
    const lanes = Map.groupBy(taken, ({ target, incidentId }) => `${target} ${incidentId}`);
    await Promise.all(
      [...lanes.values()].map(async (lane) => {
        for (const delivery of lane.toSorted((a, b) => a.createdAt - b.createdAt)) await deliverLeased(delivery);
      }),
    );
  }

  return {
    name: 'notify-delivery',
    async run(signal) {
      while (!signal.aborted) {
        const at = now();
        const leaseUntil = at + 2 * deps.timeoutMs + leaseMarginMs;
        const taken = await deliveries.takeDue(at, { limit: takenMax, leaseUntil });
        await deliverInOrder(taken, { leaseUntil, signal });
        if (taken.length < takenMax) await deps.wakeUp.wait(deps.pollMs, signal);
      }
    },
  };
}
