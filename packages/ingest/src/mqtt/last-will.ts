import type { AssetId, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { isStorableText, storableText } from '@heliosiq/model/storable-text.ts';
import type { MessageEvent } from './measurement.ts';
import { sparkplugNamespace } from './sparkplug-nodes.ts';
import type { TopicReader } from './topic-template.ts';

export interface LastWill {
  readonly tenantId: TenantId;
  readonly clientId: string;
  readonly topic: string;
  readonly payload: Buffer;
  /** When the client connected and when it went, milliseconds since the epoch. */
  readonly connectedAt: number;
  readonly at: number;
}

/**
 * The event of a client that went without a goodbye, on the asset of its will's topic. Undefined for Sparkplug, whose
 * wills are death messages that are events by themselves.
 */
export function eventOfWill(will: LastWill, topics: TopicReader): MessageEvent | undefined {
  const { tenantId, clientId, topic, payload, connectedAt, at } = will;
  const levels = topic.split('/');
  if (levels[0] === sparkplugNamespace || levels[1] === sparkplugNamespace) return undefined;
  const asset = topics(topic, tenantId).asset.trim().slice(0, 300).trim() || clientId.slice(0, 300).trim();
  if (asset === '' || !isStorableText(asset)) return undefined;
  const words = storableText(payload.toString('utf8').slice(0, 200)).trim();
  return {
    kind: 'event',
    id: contentId('mqtt-will', tenantId, clientId, topic, String(connectedAt)),
    // The cast holds: trimmed, not empty, of at most 300 characters.
    asset: asset as AssetId,
    at,
    title: `${asset} went away${words === '' ? '' : `: ${words}`}`,
    severity: 'medium',
    labels: { source: 'mqtt', client: storableText(clientId.slice(0, 300)), topic: storableText(topic.slice(0, 1000)) },
  };
}
