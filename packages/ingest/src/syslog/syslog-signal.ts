import type { AssetId, Log, Severity } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { storableText } from '@heliosiq/model/storable-text.ts';
import type { SyslogMessage } from './syslog-message.ts';

/** Which part of a message names the asset. */
export type SyslogAsset = 'host' | 'app' | 'host/app';

export interface SyslogArrival {
  /** Address of the sender, the host of messages that name none. */
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Tells messages apart that are equal in all else. */
  readonly number: string;
  readonly isCut: boolean;
}

export interface SyslogSignalOptions {
  readonly asset: SyslogAsset;
  readonly ageMaxMs: number;
  readonly futureMaxMs: number;
}

/** By the severities of RFC 5424 6.2.1, emergency first. */
const severities: readonly Severity[] = ['critical', 'critical', 'critical', 'high', 'medium', 'info', 'info', 'info'];
const levels = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'];
const facilities =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const bodyLengthMax = 65_536;
const assetLengthMax = 300;
const nameLengthMax = 128;
const valueLengthMax = 1024;

/**
 * A message as a log. A time that lies outside of what is taken becomes the time of arrival, and is kept as the label
 * `sent_at`: a sender of syslog cannot be told that its clock is wrong.
 */
export function syslogSignal(message: SyslogMessage, arrival: SyslogArrival, options: SyslogSignalOptions): Log {
  const { at = arrival.at } = message;
  const isTimely = at >= arrival.at - options.ageMaxMs && at <= arrival.at + options.futureMaxMs;
  const labels: Record<string, string> = {
    facility: facilities[message.facility] ?? '',
    level: levels[message.severity] ?? '',
  };
  if (message.app !== undefined) labels['app'] = message.app;
  if (message.processId !== undefined) labels['process_id'] = message.processId;
  if (message.messageId !== undefined) labels['message_id'] = message.messageId;
  if (options.asset === 'app' && message.host !== undefined) labels['host'] = message.host;
  if (!isTimely) labels['sent_at'] = isoOf(at);
  if (arrival.isCut || message.text.length > bodyLengthMax) labels['cut'] = 'true';
  for (const [name, value] of message.data) {
    // `__proto__` as a plain name would change the record's nature instead of adding to it.
    if (Object.keys(labels).length >= 64 || name === '__proto__') break;
    labels[cleaned(name, nameLengthMax)] ??= value;
  }
  return {
    kind: 'log',
    id: contentId('syslog', message.text, String(arrival.at), arrival.number),
    asset: assetOf(message, arrival.address, options.asset),
    at: isTimely ? at : arrival.at,
    body: cleaned(message.text, bodyLengthMax),
    severity: severities[message.severity] ?? 'info',
    labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, cleaned(value, valueLengthMax)])),
  };
}

function assetOf({ host, app }: SyslogMessage, address: string, rule: SyslogAsset): AssetId {
  const place = host ?? address;
  const words = rule === 'host' || app === undefined ? place : rule === 'app' ? app : `${place}/${app}`;
  // The cast holds: host, app and address are words without spaces, not empty, cut to what an asset's name may have.
  return cleaned(words, assetLengthMax) as AssetId;
}

function cleaned(text: string, lengthMax: number): string {
  return storableText(text.length > lengthMax ? text.slice(0, lengthMax) : text);
}

function isoOf(at: number): string {
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString() : 'unknown';
}
