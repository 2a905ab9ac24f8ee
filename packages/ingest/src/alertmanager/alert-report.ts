import { type Outcome, accepted, rejected } from '@heliosiq/model';
import { storableText } from '@heliosiq/model/storable-text.ts';
import { type RecordFault, quoted } from '../record-fault.ts';
import { parseIsoTime } from '../wire-time.ts';
import type { AlertSource, AlertState } from './alert-episode.ts';
import { fingerprintOfLabels } from './label-fingerprint.ts';

/** One alert of a body, read: names and values are texts that can be stored. */
export interface AlertReport extends AlertState {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where the sender shows the alert: http or https. */
  readonly link: string | undefined;
  /** Further facts as labels: the pages of Grafana. */
  readonly pages: Readonly<Record<string, string>>;
  /** Grafana's measured values in words. */
  readonly values: string | undefined;
}

/** What a reader needs to know of the body. */
export interface ReportContext {
  readonly way: AlertSource['way'];
  readonly now: number;
  readonly futureMaxMs: number;
  readonly ageMaxMs: number;
  /** False when no text of the body can hold what stores refuse. */
  readonly mayHoldUnstorableText: boolean;
}

/** An object of parsed JSON. */
export type WireObject = Readonly<Record<string, unknown>>;

const fingerprintLengthMax = 200;
/** Go's zero time, by which senders say that they give none. */
const zeroTimePrefix = '0001-01-01T00:00:00';
const linkForm = /^https?:\/\/\S+$/i;
const linkLengthMax = 2000;
/** Fields of Grafana's pages with the labels that they become. */
const pageFields = [
  ['dashboardURL', 'dashboard_url'],
  ['panelURL', 'panel_url'],
  ['silenceURL', 'silence_url'],
  ['imageURL', 'image_url'],
] as const;
const pageLengthMax = 1024;

/**
 * Reads one alert. `webhook` items (Alertmanager's webhook, version 4, and Grafana's superset of it) say their status and
 * fingerprint, `direct` ones (Alertmanager's API, version 2) say both by their times and labels. Sources:
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and Alertmanager's `api/v2/openapi.yaml`.
 */
export function readAlert(item: unknown, context: ReportContext): Outcome<AlertReport, RecordFault> {
  if (!isWireObject(item)) return rejected({ reason: `an alert is a JSON object, not ${quoted(item)}` });
  const labels = readTexts(item['labels'], 'labels', context);
  if (!labels.ok) return labels;
  const annotations = readTexts(item['annotations'], 'annotations', context);
  if (!annotations.ok) return annotations;
  const startsAt = readTime(item['startsAt'], 'startsAt');
  if (!startsAt.ok) return startsAt;
  const endsAt = readTime(item['endsAt'], 'endsAt');
  if (!endsAt.ok) return endsAt;
  const given = context.way === 'webhook' ? item['fingerprint'] : undefined;
  const fingerprint = isFingerprint(given) ? storableText(given) : fingerprintOfLabels(labels.value);
  if (given === undefined && Object.keys(labels.value).length === 0) {
    return rejected({ field: 'labels', reason: 'labels: at least one label pair required', cure: 'Give it a name' });
  }
  const isFiring = isFiringNow(item, endsAt.value, context);
  const time = timeFault({ startsAt: startsAt.value, endsAt: endsAt.value, isFiring }, context);
  if (time !== undefined) return rejected(time);
  const link = linkOf(item['generatorURL'], linkLengthMax);
  const values = item['valueString'];
  return accepted({
    fingerprint,
    isFiring,
    startsAt: startsAt.value ?? (isFiring ? undefined : endsAt.value),
    endsAt: endsAt.value,
    source: { way: context.way, origin: originOf(link) },
    labels: labels.value,
    annotations: annotations.value,
    link,
    pages: pagesOf(item),
    values: typeof values === 'string' && values !== '' ? storableText(values) : undefined,
  });
}

/** A moment of a report as milliseconds; undefined when it gives none, `NaN` when it is no time. */
export function momentOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') return Number.NaN;
  if (value.startsWith(zeroTimePrefix)) return undefined;
  const moment = parseIsoTime(value);
  return typeof moment === 'number' ? moment : Number.NaN;
}

export function isWireObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a fingerprint that can be an identity. */
export function isFingerprint(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= fingerprintLengthMax;
}

function isFiringNow(item: WireObject, endsAt: number | undefined, { way, now }: ReportContext): boolean {
  const status = way === 'webhook' ? item['status'] : undefined;
  if (status === 'firing' || status === 'resolved') return status === 'firing';
  return endsAt === undefined || endsAt > now;
}

/** Names and values as texts. Empty values are as good as no label, as Alertmanager has it. */
function readTexts(
  value: unknown,
  field: string,
  { mayHoldUnstorableText }: ReportContext,
): Outcome<Readonly<Record<string, string>>, RecordFault> {
  if (value === undefined || value === null) return accepted({});
  if (!isWireObject(value)) return rejected({ field, reason: `${field}: ${quoted(value)} is not an object of texts` });
  if (!mayHoldUnstorableText && areTexts(value)) return accepted(value);
  // Without a prototype, so that a label `__proto__` is a label.
  const texts: Record<string, string> = Object.create(null);
  for (const name of Object.keys(value)) {
    const text = value[name];
    if (typeof text !== 'string') {
      return rejected({ field: `${field}.${name}`.slice(0, 100), reason: `${field}: ${quoted(text)} is not a text` });
    }
    if (text !== '' && name !== '') {
      texts[mayHoldUnstorableText ? storableText(name) : name] = mayHoldUnstorableText ? storableText(text) : text;
    }
  }
  return accepted(texts);
}

/** True for texts that count as they stand: none of them is empty. */
export function areTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (!isWireObject(value)) return false;
  for (const name in value) {
    const text = value[name];
    if (typeof text !== 'string' || text === '' || name === '') return false;
  }
  return true;
}

function readTime(value: unknown, field: string): Outcome<number | undefined, RecordFault> {
  const moment = momentOf(value);
  if (Number.isNaN(moment)) {
    return rejected({ field, reason: `${field}: ${quoted(value)} is not a time`, cure: 'Send RFC 3339 with a zone' });
  }
  return accepted(moment);
}

function timeFault(
  { startsAt, endsAt, isFiring }: Pick<AlertState, 'startsAt' | 'endsAt' | 'isFiring'>,
  { way, now, futureMaxMs, ageMaxMs }: ReportContext,
): RecordFault | undefined {
  const latest = now + futureMaxMs;
  if (startsAt !== undefined && startsAt > latest) {
    return { field: 'startsAt', reason: 'startsAt: it is in the future', cure: "Check the sender's clock" };
  }
  if (way === 'direct' && startsAt !== undefined && endsAt !== undefined && endsAt < startsAt) {
    return { field: 'endsAt', reason: 'endsAt: start time must be before end time' };
  }
  if (isFiring || endsAt === undefined) return undefined;
  if (endsAt > latest) return { field: 'endsAt', reason: 'endsAt: a resolved alert ends in the future' };
  return endsAt < now - ageMaxMs ? { field: 'endsAt', reason: 'endsAt: it is too old' } : undefined;
}

function pagesOf(item: WireObject): Readonly<Record<string, string>> {
  const pages: Record<string, string> = {};
  for (const [field, label] of pageFields) {
    const link = linkOf(item[field], pageLengthMax);
    if (link !== undefined) pages[label] = link;
  }
  return pages;
}

/** A link that a page may show; undefined for other texts and schemes. */
export function linkOf(value: unknown, lengthMax: number): string | undefined {
  if (typeof value !== 'string' || value.length > lengthMax || !linkForm.test(value)) return undefined;
  return storableText(value);
}

/** Scheme and host, without a name and password: it is kept where nobody redacts. */
function originOf(link: string | undefined): string {
  if (link === undefined) return '';
  const host = link.indexOf('//') + 2;
  const length = link.slice(host).search(/[/?#]/);
  const authority = link.slice(host, length === -1 ? undefined : host + length);
  return `${link.slice(0, host)}${authority.slice(authority.lastIndexOf('@') + 1)}`;
}
