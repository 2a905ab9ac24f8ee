import type { AssetId, Edge, Principal, TenantId } from '@heliosiq/model';
import type { TopologyIntake } from '@heliosiq/ports';
import { readAttributes } from './attribute-set.ts';
import { attributeText } from './attribute-value.ts';
import type { Attributes } from './attribute-value.ts';
import { createRecentMap } from './recent-map.ts';
import { storableAsset } from './resource-identity.ts';
import type { Span } from './span-form.ts';

/** A span of a service. */
export interface ServiceSpan {
  readonly asset: AssetId;
  readonly resource: Attributes;
  readonly span: Span;
}

/** Learns from spans who calls whom. */
export interface CallEdges {
  /** Stores the edges of the spans that are not known to be stored; they are when it resolves. */
  store(principal: Principal, spans: readonly ServiceSpan[]): Promise<void>;
}

export interface CallEdgesOptions {
  readonly topology: TopologyIntake;
  /** Spans that are remembered, because caller and called come in different requests, in either order. */
  readonly spansMax: number;
  /** Edges that are known to be stored. */
  readonly edgesMax: number;
}

const edgesPerPutMax = 10_000;

/**
 * An edge goes from the service of a client or producer span to
 * - the service of a span whose parent it is,
 * - `peer.service`, in the caller's `service.namespace`,
 * - the database (`db.system/db.namespace`) or the queue (`messaging.system/destination`) that it names.
 * A consumer calls the queue that it reads from. Only edges are put, so that what people said of an asset stays.
 */
export function createCallEdges({ topology, spansMax, edgesMax }: CallEdgesOptions): CallEdges {
  /** Service by the id of a calling span; services by the id of the parent they wait for. */
  const callers = createRecentMap<AssetId>(spansMax);
  const waiting = createRecentMap<readonly AssetId[]>(spansMax);
  const stored = createRecentMap<true>(edgesMax);

  function takeSpan(
    tenantId: TenantId,
    { asset, resource, span }: ServiceSpan,
    found: (from: AssetId, to: AssetId) => void,
  ) {
    const { kind, traceId, spanId, parentSpanId } = span;
    const isCalling = kind === 'client' || kind === 'producer';
    const isCalled = kind === 'server' || kind === 'consumer';
    if (isCalling) {
      const key = `${tenantId} ${traceId}${spanId}`;
      callers.set(key, asset);
      for (const called of waiting.get(key) ?? []) found(asset, called);
    }
    if (isCalled && parentSpanId !== '') {
      const key = `${tenantId} ${traceId}${parentSpanId}`;
      const caller = callers.get(key);
      if (caller !== undefined) found(caller, asset);
      else waiting.set(key, withCalled(waiting.get(key), asset));
    }
    if (isCalling || kind === 'consumer') {
      const peer = peerOf(readAttributes(span.attributes), resource);
      if (peer !== undefined) found(asset, peer);
    }
  }

  return {
    async store(principal, spans) {
      const { tenantId } = principal;
      const edges = new Map<string, Edge>();
      for (const span of spans) {
        takeSpan(tenantId, span, (from, to) => {
          if (from === to) return;
          const key = `${tenantId} ${from.length} ${from}${to}`;
          if (stored.get(key) === undefined) edges.set(key, { from, to, kind: 'calls' });
        });
      }
      const news = [...edges];
      for (let start = 0; start < news.length; start += edgesPerPutMax) {
        const part = news.slice(start, start + edgesPerPutMax);
        await topology.put(principal, { assets: [], edges: part.map(([, edge]) => edge) });
        for (const [key] of part) stored.set(key, true);
      }
    },
  };
}

/** One message may be consumed by several services; more than these wait in vain until the pair comes again. */
const waitingMax = 8;

function withCalled(known: readonly AssetId[] = [], asset: AssetId): readonly AssetId[] {
  return known.includes(asset) || known.length >= waitingMax ? known : [...known, asset];
}

/** What a span says about the other side, by the semantic conventions, the current names before the older ones. */
function peerOf(attributes: Attributes, resource: Attributes): AssetId | undefined {
  const first = (...names: readonly string[]): string => {
    for (const name of names) {
      const text = attributeText(attributes.get(name)).trim();
      if (text !== '') return text;
    }
    return '';
  };
  const service = first('peer.service', 'service.peer.name');
  const namespace = first('service.peer.namespace') || attributeText(resource.get('service.namespace')).trim();
  if (service !== '') return named(namespace, service);
  const queue = first('messaging.destination.name', 'messaging.destination');
  if (queue !== '') return named(first('messaging.system'), queue);
  const database = first('db.system.name', 'db.system');
  return database === ''
    ? undefined
    : named(database, first('db.namespace', 'db.name', 'server.address', 'net.peer.name'));
}

function named(group: string, name: string): AssetId {
  return storableAsset(group === '' || name === '' ? group + name : `${group}/${name}`);
}
