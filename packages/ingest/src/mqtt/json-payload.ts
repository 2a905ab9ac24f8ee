import { accepted, rejected } from '@heliosiq/model';
import { measurementsMax } from './measurement.ts';
import type { Measurement, MessageFault, PayloadOutcome } from './measurement.ts';
import { payloadTime } from './payload-time.ts';
import { readPlainPayload } from './plain-payload.ts';

const timeKeys = ['ts', 'timestamp', 'time'] as const;
const depthMax = 16;

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON payload: an object of numbers is a measurement each, nested objects are joined by a dot, booleans are 1
 * and 0, texts and lists are passed over. `ts`, `timestamp` or `time` is the moment; `value` alone (with `unit`)
 * is named by the topic; `{ts, values: {…}}` is the object inside. A list is so many such messages.
 */
export function readJsonPayload(text: string): PayloadOutcome {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return rejected('json');
  }
  const found: Measurement[] = [];
  for (const item of Array.isArray(parsed) ? parsed : [parsed]) {
    const fault = addItem(item, found);
    if (fault !== undefined) return rejected(fault);
  }
  return found.length === 0 ? rejected('no-number') : accepted(found);
}

function addItem(item: unknown, found: Measurement[]): MessageFault | undefined {
  if (isObject(item)) return addObject(item, found);
  const plain = readPlainPayload(typeof item === 'string' ? item : JSON.stringify(item));
  if (!plain.ok) return plain.reason;
  found.push(...plain.value);
  return found.length > measurementsMax ? 'too-many-values' : undefined;
}

function addObject(item: JsonObject, found: Measurement[]): MessageFault | undefined {
  const timeKey = timeKeys.find((key) => item[key] !== undefined && item[key] !== null);
  const at = timeKey === undefined ? undefined : payloadTime(item[timeKey]);
  if (Number.isNaN(at)) return 'no-time';
  const unit = typeof item['unit'] === 'string' ? item['unit'] : undefined;
  const keys = Object.keys(item).filter((key) => key !== timeKey && key !== 'unit');
  const inner = item['values'];
  if (keys.length === 1 && isObject(inner)) return addMembers(inner, { prefix: '', at, depth: 1 }, found);
  const single = singleValueOf(item, keys);
  if (single !== undefined) {
    found.push({ name: '', value: single, at, unit });
    return found.length > measurementsMax ? 'too-many-values' : undefined;
  }
  const members = timeKey === undefined ? item : Object.fromEntries(keys.map((key) => [key, item[key]]));
  return addMembers(members, { prefix: '', at, depth: 1 }, found);
}

/** The number under `value` when it is the only one of the object; it may be written as text. */
function singleValueOf(item: JsonObject, keys: readonly string[]): number | undefined {
  const isAlone = keys.every((key) => key === 'value' || typeof item[key] === 'string' || item[key] === null);
  if (!isAlone) return undefined;
  const value = item['value'];
  if (typeof value !== 'string') return numberOf(value);
  const plain = readPlainPayload(value);
  return plain.ok ? plain.value[0]?.value : undefined;
}

function addMembers(
  members: JsonObject,
  { prefix, at, depth }: { readonly prefix: string; readonly at: number | undefined; readonly depth: number },
  found: Measurement[],
): MessageFault | undefined {
  if (depth > depthMax) return 'too-deep';
  for (const [key, member] of Object.entries(members)) {
    const name = `${prefix}${key}`;
    const value = numberOf(member);
    if (value !== undefined) {
      if (found.length >= measurementsMax) return 'too-many-values';
      found.push({ name, value, at });
    } else if (isObject(member)) {
      const fault = addMembers(member, { prefix: `${name}.`, at, depth: depth + 1 }, found);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return typeof value === 'boolean' ? Number(value) : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
