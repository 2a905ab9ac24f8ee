import { decodeUtf8, parseJsonText } from '@heliosiq/model/json-text.ts';
import type { ToldFiring } from './alert-book.ts';
import { isWireObject } from './alert-report.ts';

/** A text that was read before. */
interface KnownText {
  readonly firing: ToldFiring;
  readonly bytes: Buffer;
  readonly hash: number;
  /** The one that stood behind it when it was last met. */
  next: KnownText | undefined;
  isForgotten: boolean;
}

/** The JSON of a webhook. Alerts whose very bytes were read before are not read again: they are `null` in it. */
export interface ReadMessage {
  readonly message: unknown;
  /** What the alert at this place says; undefined for one that was read. */
  known(index: number): ToldFiring | undefined;
  /** The alert at this place, read after all. */
  alert(index: number): unknown;
  /** Remembers what the alert at this place says. For those that are sent again: most news never come a second time. */
  learn(index: number, firing: ToldFiring): void;
}

/**
 * The texts of firings that senders repeat. Alertmanager sends every alert of a group again whenever one of them changes, byte by
 * byte as before: nine of ten are known by their bytes, and reading their JSON is most of what a notification costs.
 */
export interface AlertTexts {
  /** Reads a body within the limits of untrusted JSON; throws as `parseJsonText` does. */
  read(body: Buffer): ReadMessage;
}

/** Bounds of what is remembered; the texts known longest make room. */
const textsBytesMax = 8_000_000;
const textBytesMax = 4_096;
/** A text counts for its bytes and for what holds it. */
const entryBytes = 250;

/** Limits beyond which the general reader decides, and says what is wrong. */
const depthMax = 32;
const bodyBytesMax = 1_000_000;

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const alertsName = Buffer.from('"alerts"');
/** Stands for a text that is known. No JSON becomes valid by it that was not: beside any other value it is an error. */
const placeholder = Buffer.from('null');
/** Where bodies are put together without asking for more memory. */
let scratch = Buffer.alloc(16_384);

/** The texts by their hash. Of two that share one the first is known and the other is read each time. */
type TextsByHash = Map<number, KnownText>;

export function createAlertTexts(): AlertTexts {
  const texts: TextsByHash = new Map();
  let bytes = 0;

  function remember(text: Buffer, firing: ToldFiring): void {
    const hash = hashOf(text, 0, text.length);
    if (text.length > textBytesMax || texts.has(hash)) return;
    texts.set(hash, { firing, bytes: Buffer.from(text), hash, next: undefined, isForgotten: false });
    bytes += text.length + entryBytes;
    for (const known of texts.values()) {
      if (bytes <= textsBytesMax) break;
      texts.delete(known.hash);
      // What still points to it must not keep what it points to.
      known.isForgotten = true;
      known.next = undefined;
      bytes -= known.bytes.length + entryBytes;
    }
  }

  return {
    read(body) {
      const places = placesOfAlerts(body, texts);
      if (places === undefined) return readWhole(parseJsonText(body));
      let before: KnownText | undefined;
      for (const { known } of places) {
        if (before !== undefined && known !== undefined) before.next = known;
        before = known;
      }
      const message = parsed(withoutKnown(body, places));
      // What cannot be read, or has its alerts elsewhere, is for the general reader.
      if (message === undefined || !isInPlace(message, places)) return readWhole(parseJsonText(body));
      const bytesAt = (index: number): Buffer => body.subarray(places[index]?.from ?? 0, places[index]?.to ?? 0);
      return {
        message,
        known: (index) => places[index]?.known?.firing,
        alert: (index) => parseJsonText(bytesAt(index)),
        learn(index, firing) {
          const text = bytesAt(index);
          if (text.length > 0) remember(text, firing);
        },
      };
    },
  };
}

function readWhole(message: unknown): ReadMessage {
  return { message, known: () => undefined, alert: () => undefined, learn: () => undefined };
}

/** The body with the placeholder for each text that is known: good until the next one is asked for. */
function withoutKnown(body: Buffer, places: readonly Place[]): Buffer {
  // No text that is known is shorter than the placeholder.
  if (body.length > scratch.length) scratch = Buffer.alloc(body.length);
  let copied = 0;
  let end = 0;
  for (const { from, to, known } of places) {
    if (known === undefined) continue;
    end += body.copy(scratch, end, copied, from);
    end += placeholder.copy(scratch, end);
    copied = to;
  }
  if (copied === 0) return body;
  end += body.copy(scratch, end, copied);
  return scratch.subarray(0, end);
}

/** FNV-1a. */
function hashOf(bytes: Buffer, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let index = from; index < to; index += 1) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  return hash;
}

/** Undefined for what is not JSON. Throws `invalid-json` for bytes that are no UTF-8. */
function parsed(bytes: Buffer): unknown {
  const text = decodeUtf8(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True when each known alert is where its placeholder was put. */
function isInPlace(message: unknown, places: readonly Place[]): boolean {
  const alerts = isWireObject(message) ? message['alerts'] : undefined;
  const list: readonly unknown[] | undefined = Array.isArray(alerts) ? alerts : undefined;
  return places.every(({ known }, index) => known === undefined || (list !== undefined && list[index] === null));
}

/** Where an alert begins and ends; both 0 for one that is no object. */
interface Place {
  from: number;
  to: number;
  known: KnownText | undefined;
}

/**
 * Finds the alerts of a message in one pass over its bytes, without reading them; those that are known to follow each other
 * are compared as a whole. Undefined for a body without such a list or where it cannot be told which list it is, and for
 * one that is nested more deeply or larger than is read in this way. Says nothing about whether it is well formed.
 */
function placesOfAlerts(body: Buffer, texts: TextsByHash): readonly Place[] | undefined {
  if (body.length > bodyBytesMax) return undefined;
  const places: Place[] = [];
  let depth = 0;
  let isInAlerts = false;
  let isFound = false;
  let textFrom = 0;
  let textTo = 0;
  let isTextEscaped = false;
  let place: Place = { from: 0, to: 0, known: undefined };
  let expected: KnownText | undefined;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if (byte === quote) {
      const from = index;
      let isEscaped = false;
      for (index += 1; index < body.length && body[index] !== quote; index += 1) {
        if (body[index] !== backslash) continue;
        isEscaped = true;
        index += 1;
      }
      if (depth === 1) {
        textFrom = from;
        textTo = index + 1;
        isTextEscaped = isEscaped;
      }
    } else if (byte === colon) {
      // A name that is written in escapes may be that of the list as well.
      if (depth === 1 && isTextEscaped) return undefined;
    } else if (byte === openBrace || byte === openBracket) {
      if (isInAlerts && depth === 2 && byte === openBrace) {
        if (place.to !== 0) return undefined;
        place.from = index;
        if (isAt(body, index, expected)) {
          place.to = index + expected.bytes.length;
          place.known = expected;
          expected = expected.next;
          index = place.to - 1;
          continue;
        }
      }
      depth += 1;
      if (depth > depthMax) return undefined;
      if (depth === 2 && byte === openBracket && isAlertsName(body, textFrom, textTo)) {
        if (isFound) return undefined;
        isFound = true;
        isInAlerts = true;
        place = { from: 0, to: 0, known: undefined };
      }
    } else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
      if (!isInAlerts) continue;
      if (depth === 2 && byte === closeBrace) {
        place.to = index + 1;
        place.known = textAt(body, place, texts);
        expected = place.known?.next;
      }
      if (depth > 1) continue;
      places.push(place);
      isInAlerts = false;
    } else if (byte === comma && isInAlerts && depth === 2) {
      places.push(place);
      place = { from: 0, to: 0, known: undefined };
    }
  }
  return isFound && !isInAlerts ? places : undefined;
}

/** The text that stands at this place, where it is one that is known. */
function textAt(body: Buffer, { from, to }: Place, texts: TextsByHash): KnownText | undefined {
  if (texts.size === 0 || to - from > textBytesMax) return undefined;
  const found = texts.get(hashOf(body, from, to));
  return found?.bytes.length === to - from && isAt(body, from, found) ? found : undefined;
}

/** True when the text stands there. It is a whole object, so that nothing else can end where it ends. */
function isAt(body: Buffer, from: number, text: KnownText | undefined): text is KnownText {
  if (text === undefined || text.isForgotten || from + text.bytes.length > body.length) return false;
  return body.compare(text.bytes, 0, text.bytes.length, from, from + text.bytes.length) === 0;
}

function isAlertsName(body: Buffer, from: number, to: number): boolean {
  return to - from === alertsName.length && body.compare(alertsName, 0, alertsName.length, from, to) === 0;
}
