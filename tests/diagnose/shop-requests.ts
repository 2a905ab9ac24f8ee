import type { RequestSpan } from '../../packages/diagnose/src/request-steps.ts';
import type { SentRequests, TimedLog } from './traced-world.ts';

/** What goes wrong in a stretch of the shop's requests. */
export type ShopFault = 'none' | 'slow-inventory' | 'failing-payment';

/** A fixed sequence of numbers in [0, 1), so that a recording is the same at every run (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Requests of a shop: `gateway` calls `order`, which calls `inventory` and then `payment`; each writes a line. With a fault,
 * `inventory` takes half a second by itself, or `payment` fails and writes an error, so that `order` does not ship.
 */
export function shopRequests(
  stretch: { readonly fromMs: number; readonly toMs: number; readonly perSecond: number },
  fault: ShopFault = 'none',
): SentRequests {
  const { fromMs, toMs, perSecond } = stretch;
  const random = numbersFrom(Math.floor(fromMs / 1000) % 100_000);
  const spans: RequestSpan[] = [];
  const logs: TimedLog[] = [];
  let number = Math.floor(fromMs / 10);
  for (let startMs = fromMs; startMs < toMs - 2000; startMs += 1000 / perSecond) {
    number += 1;
    const traceId = `5b8efff7${number.toString(16).padStart(24, '0')}`;
    const took = (ms: number): number => ms * (0.8 + 0.4 * random());
    let count = 0;
    const span = (
      asset: string,
      operation: string,
      parentId: string,
      from: number,
    ): RequestSpan & { endMs: number } => {
      count += 1;
      const made = {
        traceId,
        spanId: (number * 16 + count).toString(16).padStart(16, '0'),
        parentId,
        asset,
        operation,
      };
      return { ...made, startMs: from, endMs: from };
    };
    const line = ({ spanId, asset }: RequestSpan, at: number, body: string, isError = false): void => {
      logs.push({ traceId, spanId, asset, body, at: Math.floor(at), ...(isError ? { isError } : {}) });
    };
    const gateway = span('gateway', 'POST /order', '', startMs);
    const order = span('order', 'createOrder', gateway.spanId, startMs + took(3));
    const inventory = span('inventory', 'reserve', order.spanId, order.startMs + took(5));
    inventory.endMs = inventory.startMs + took(fault === 'slow-inventory' ? 500 : 20);
    line(inventory, inventory.startMs, `Reserver.java:31 reserved ${number} pieces`);
    const payment = span('payment', 'pay', order.spanId, inventory.endMs + took(2));
    payment.endMs = payment.startMs + took(30);
    const isFailing = fault === 'failing-payment' && random() < 0.7;
    if (isFailing) line(payment, payment.startMs, `Payer.java:88 the bank refused card ${number}`, true);
    else line(payment, payment.startMs, `Payer.java:90 paid ${number}`);
    order.endMs = payment.endMs + took(4);
    if (!isFailing) line(order, order.endMs, `Orders.java:12 shipped ${number}`);
    gateway.endMs = order.endMs + took(2);
    spans.push(gateway, order, inventory, isFailing ? { ...payment, isError: true } : payment);
  }
  return { spans, logs };
}
