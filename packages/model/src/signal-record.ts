import { accepted, type Outcome, rejected } from './outcome.ts';
import { DiscreteSignal } from './signal.ts';
import { isSoundSignal } from './sound-signal.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
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

/** Reads the one signal of a record of the topic `signals` that is no samples; the reason names the field. */
export function readDiscreteSignal(bytes: Uint8Array): Outcome<DiscreteSignal> {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    return rejected(`the record is not JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (isSoundSignal(value)) return accepted(value);
  if (typeof value !== 'object' || value === null || !('kind' in value))
    return rejected('the record has no field kind');
  const parsed = DiscreteSignal.safeParse(value);
  if (parsed.success) return accepted(parsed.data);
  const [issue] = parsed.error.issues;
  return rejected(
    issue === undefined ? 'the record has another shape' : `${issue.path.map(String).join('.')}: ${issue.message}`,
  );
}

function beginsWith(value: Uint8Array, beginning: Uint8Array): boolean {
  if (value.byteLength < beginning.byteLength) return false;
  for (let index = 0; index < beginning.byteLength; index += 1) if (value[index] !== beginning[index]) return false;
  return true;
}
