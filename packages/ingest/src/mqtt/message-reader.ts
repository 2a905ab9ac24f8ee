import type { AssetId, Outcome, TenantId } from '@heliosiq/model';
import { accepted, rejected } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { isStorableText } from '@heliosiq/model/storable-text.ts';
import type { SeriesBook, SeriesEntry } from '../intake/series-book.ts';
import { intakeDefaults } from '../intake-settings.ts';
import { readJsonPayload } from './json-payload.ts';
import type { Measurement, MessageEvent, MessageFault } from './measurement.ts';
import { readPlainPayload } from './plain-payload.ts';
import { sparkplugNamespace } from './sparkplug-nodes.ts';
import type { SparkplugNodeName, SparkplugNodes } from './sparkplug-nodes.ts';
import type { TopicReader } from './topic-template.ts';

/** A message as it comes from a device or a broker. */
export interface Message {
  readonly tenantId: TenantId;
  readonly topic: string;
  readonly payload: Buffer;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** A number of a message; `at` is absent when the message names no moment. */
export interface MessageSample {
  readonly entry: SeriesEntry;
  readonly at: number | undefined;
  readonly value: number;
}

/** What a message is worth. */
export interface MessageSignals {
  readonly samples: readonly MessageSample[];
  readonly events: readonly MessageEvent[];
  /** Messages of one place that name no moment get moments one after the other. */
  readonly place: string;
  /** Numbers that could not be used: a name that is none, a moment far off, an alias that is not known. */
  readonly skipped: number;
  /** An edge node of which messages or births are missing. */
  readonly incompleteNode?: SparkplugNodeName | undefined;
  readonly hasGap: boolean;
}

export interface MessageReaderOptions {
  readonly series: SeriesBook;
  readonly topics: TopicReader;
  readonly sparkplug: SparkplugNodes;
}

/** Turns messages into signals by topic and payload. */
export interface MessageReader {
  read(message: Message): Outcome<MessageSignals, MessageFault>;
}

interface Place {
  readonly asset: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function createMessageReader({ series, topics, sparkplug }: MessageReaderOptions): MessageReader {
  function take(
    message: Message,
    place: Place,
    measurements: readonly Measurement[],
  ): Outcome<MessageSignals, MessageFault> {
    const { tenantId, receivedAt } = message;
    const asset = place.asset.trim();
    if (!isName(asset) || !areLabels(place.labels)) return rejected('name');
    const from = receivedAt - intakeDefaults.ageMaxMs;
    const to = receivedAt + intakeDefaults.futureMaxMs;
    const samples: MessageSample[] = [];
    let fault: MessageFault = 'no-number';
    for (const { name, value, at, unit } of measurements) {
      const metric = (
        place.metric === '' ? name || 'value' : name === '' ? place.metric : `${place.metric}.${name}`
      ).trim();
      const isTimely = at === undefined || (at >= from && at <= to);
      if (!isTimely || !isName(metric)) {
        fault = isTimely ? 'name' : 'too-old-or-ahead';
        continue;
      }
      // The cast holds: an asset's name is trimmed text of 1 to 300 characters.
      const entry = series.entryOf(tenantId, {
        asset: asset as AssetId,
        metric,
        labels: place.labels,
        unit: unitOf(unit),
      });
      samples.push({ entry, at, value });
    }
    const skipped = measurements.length - samples.length;
    if (samples.length === 0 && measurements.length > 0) return rejected(fault);
    return accepted({ samples, events: [], place: `${tenantId} ${asset} ${place.metric}`, skipped, hasGap: false });
  }

  function readSparkplug(message: Message, levels: readonly string[]): Outcome<MessageSignals, MessageFault> {
    const { tenantId, payload, receivedAt } = message;
    const read = sparkplug.read(tenantId, levels, payload);
    if (!read.ok) return read;
    const { asset, measurements, death, unknownAliases, hasGap, node } = read.value;
    const taken = take(message, { asset, metric: '', labels: {} }, measurements);
    if (!taken.ok) return taken;
    const { group, edge } = node;
    const event: MessageEvent | undefined = death && {
      kind: 'event',
      id: contentId('sparkplug-death', tenantId, asset, death.id),
      // The cast holds: `take` has checked the name.
      asset: asset.trim() as AssetId,
      at:
        death.at !== undefined && Math.abs(death.at - receivedAt) < intakeDefaults.futureMaxMs ? death.at : receivedAt,
      title: `${asset} went away`,
      severity: 'medium',
      labels: { source: 'sparkplug', group, edge },
    };
    return accepted({
      ...taken.value,
      events: event === undefined ? [] : [event],
      skipped: taken.value.skipped + unknownAliases,
      incompleteNode: unknownAliases > 0 ? node : undefined,
      hasGap,
    });
  }

  return {
    read(message) {
      const { topic, tenantId, payload } = message;
      const levels = topic.split('/');
      const start = levels[0] === tenantId ? 1 : 0;
      if (levels[start] === sparkplugNamespace) {
        const own = levels.slice(start);
        if (own[1] !== 'STATE') return readSparkplug(message, own);
        return accepted({ samples: [], events: [], place: '', skipped: 0, hasGap: false });
      }
      const text = payload.toString('utf8');
      const first = text.trimStart()[0];
      const content = first === '{' || first === '[' || first === '"' ? readJsonPayload(text) : readPlainPayload(text);
      return content.ok ? take(message, topics(topic, tenantId), content.value) : content;
    },
  };
}

function isName(text: string): boolean {
  return text !== '' && text.length <= 300 && isStorableText(text);
}

function areLabels(labels: Readonly<Record<string, string>>): boolean {
  return Object.values(labels).every((value) => value.length <= 1024 && isStorableText(value));
}

function unitOf(unit: string | undefined): string | undefined {
  return unit === undefined || unit === '' || unit.length > 32 || !isStorableText(unit) ? undefined : unit;
}
