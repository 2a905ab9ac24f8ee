import type { DiscreteSignal } from './signal.ts';

const encoder = new TextEncoder();
const opening = encoder.encode('{"kind":"');
const beginnings = {
  event: encoder.encode('{"kind":"event"'),
  log: encoder.encode('{"kind":"log"'),
  change: encoder.encode('{"kind":"change"'),
  alert: encoder.encode('{"kind":"alert"'),
} as const satisfies Record<DiscreteSignal['kind'], Uint8Array>;

/**
 * Tells by its first bytes whether a record of the topic `signals` may hold a signal of a kind, so that a stage parses only what
 * is its own. True for one that is worded in another order, which has to be read; what is no JSON, such as samples, is not looked at.
 */
export function mayBeSignalOf(kind: DiscreteSignal['kind'], value: Uint8Array): boolean {
  return beginsWith(value, beginnings[kind]) || !beginsWith(value, opening);
}

function beginsWith(value: Uint8Array, beginning: Uint8Array): boolean {
  if (value.byteLength < beginning.byteLength) return false;
  for (let index = 0; index < beginning.byteLength; index += 1) if (value[index] !== beginning[index]) return false;
  return true;
}
