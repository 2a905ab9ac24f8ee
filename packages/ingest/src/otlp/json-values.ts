import { HeliosError } from '@heliosiq/model';
import { valueDepthMax, wholeValue } from './attribute-value.ts';
import type { Attributes, AttributeValue } from './attribute-value.ts';

/**
 * OTLP/JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): names in lowerCamelCase, 64-bit
 * numbers as text or number, trace and span ids in hexadecimal, enums as numbers (their names are understood too).
 * What is absent or of another type reads as absent; a number that is there and unreadable is `NaN`. What carries telemetry is read
 * by `sentList` and `sentObject` instead: read as absent, it would be acknowledged and lost.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

const nothing: JsonObject = {};

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function jsonObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : nothing;
}

export function jsonList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A list that may be left out. Throws `invalid-request` where it is something else. */
export function sentList(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw anotherShape(`"${name}" is not a list`);
}

/** An object that may be left out. Throws `invalid-request` where it is something else. */
export function sentObject(value: unknown, name: string): JsonObject {
  if (value === undefined || value === null) return nothing;
  if (isJsonObject(value)) return value;
  throw anotherShape(`"${name}" is not an object`);
}

function anotherShape(detail: string): HeliosError {
  return new HeliosError('invalid-request', `The body is not an export request of OTLP/JSON: ${detail}`, {
    cure: 'Send it in the JSON form of the OpenTelemetry protocol, names in lowerCamelCase',
  });
}

export function jsonText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A number in either form; `NaN`, `Infinity` and `-Infinity` are written as text. */
export function jsonNumber(value: unknown, absent = 0): number {
  if (typeof value === 'number') return value;
  if (value === undefined || value === null) return absent;
  if (typeof value !== 'string' || value.trim() === '') return Number.NaN;
  return value === 'NaN' ? Number.NaN : Number(value);
}

/** True for a number in either form that says what it means, `NaN` written as such included. */
export function isJsonNumber(value: unknown): boolean {
  return value === 'NaN' || !Number.isNaN(jsonNumber(value, Number.NaN));
}

/** Nanoseconds since the epoch; 0 when absent, `undefined` when unreadable. */
export function jsonNanoseconds(value: unknown): bigint | undefined {
  if (value === undefined || value === null || value === '') return 0n;
  if (typeof value === 'number')
    return Number.isSafeInteger(Math.floor(value / 1024)) ? BigInt(Math.floor(value)) : undefined;
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

/** The same as whole milliseconds; `NaN` when unreadable. */
export function jsonMilliseconds(value: unknown): number {
  const nanoseconds = jsonNanoseconds(value);
  return nanoseconds === undefined ? Number.NaN : Number(nanoseconds / 1_000_000n);
}

/** An enum as its number, from the number or from its name in the schema. */
export function jsonEnum(value: unknown, names: readonly string[]): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? Math.max(0, names.indexOf(value)) : 0;
}

export function readJsonAttributes(list: unknown): Attributes {
  const attributes = new Map<string, AttributeValue>();
  for (const item of jsonList(list)) {
    const { key, value } = jsonObject(item);
    if (typeof key === 'string') attributes.set(key, readJsonValue(value));
  }
  return attributes;
}

/** Reads an `AnyValue`. */
export function readJsonValue(value: unknown, depth = 0): AttributeValue {
  if (depth > valueDepthMax)
    throw new HeliosError('too-deep', `A value is nested more than ${valueDepthMax} levels deep`);
  const typed = jsonObject(value);
  const { stringValue, boolValue, intValue, doubleValue, bytesValue } = typed;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (typeof intValue === 'number') return intValue;
  if (typeof intValue === 'string') return /^-?\d{1,20}$/.test(intValue) ? wholeValue(BigInt(intValue)) : intValue;
  if (doubleValue !== undefined) return jsonNumber(doubleValue);
  if (typeof bytesValue === 'string') return bytesValue;
  if (typed['arrayValue'] !== undefined) {
    return jsonList(jsonObject(typed['arrayValue'])['values']).map((item) => readJsonValue(item, depth + 1));
  }
  if (typed['kvlistValue'] !== undefined) {
    const entries = jsonList(jsonObject(typed['kvlistValue'])['values']).map((item) => {
      const { key, value: inner } = jsonObject(item);
      return [jsonText(key), readJsonValue(inner, depth + 1)] as const;
    });
    return Object.fromEntries(entries);
  }
  return null;
}
