import { accepted, rejected } from '@heliosiq/model';
import type { Outcome } from '@heliosiq/model';
import type { Measurement, MessageFault } from './measurement.ts';
import { numberOfMetric, readSparkplugPayload } from './sparkplug-payload.ts';
import type { SparkplugMetric } from './sparkplug-payload.ts';

/** The namespace of Sparkplug B, first level of its topics. */
export const sparkplugNamespace = 'spBv1.0';

/** What a Sparkplug B message says. */
export interface SparkplugReading {
  readonly asset: string;
  readonly measurements: readonly Measurement[];
  /** Given by NDEATH and DDEATH; `id` tells one death from the next. */
  readonly death?: { readonly id: string; readonly at: number | undefined };
  /** Metrics that came by an alias of which no birth is known. */
  readonly unknownAliases: number;
  /** True when messages of the edge node before this one are missing. */
  readonly hasGap: boolean;
  /** The edge node. */
  readonly node: SparkplugNodeName;
}

export interface SparkplugNodeName {
  readonly group: string;
  readonly edge: string;
}

/** Keeps what births announced, by edge node. */
export interface SparkplugNodes {
  /** `levels` are those of the topic from `spBv1.0` on. Commands and states of hosts have no measurements. */
  read(tenantId: string, levels: readonly string[], payload: Uint8Array): Outcome<SparkplugReading, MessageFault>;
}

interface Announced {
  readonly name: string;
  readonly datatype: number | undefined;
}

interface Node {
  readonly aliases: Map<bigint, Announced>;
  lastSeq: number | undefined;
  bdSeq: bigint | undefined;
}

/** Longer names cannot be assets or metrics, so there is nothing to keep of them. */
const nameLengthMax = 298;

const kinds = ['NBIRTH', 'DBIRTH', 'NDATA', 'DDATA', 'NDEATH', 'DDEATH', 'NCMD', 'DCMD'] as const;

/** Makes the memory of births: `aliasesMax` over all nodes, those whose birth is the longest ago are forgotten first. */
export function createSparkplugNodes(aliasesMax = 500_000): SparkplugNodes {
  const nodes = new Map<string, Node>();
  let aliases = 0;

  function forget(key: string): void {
    aliases -= nodes.get(key)?.aliases.size ?? 0;
    nodes.delete(key);
  }

  /** A node counts for itself as well, so that nodes without aliases are bounded too. */
  function makeRoom(newest: Node): void {
    for (const [key, node] of nodes) {
      if (aliases + nodes.size <= aliasesMax || node === newest) break;
      forget(key);
    }
  }

  function nodeOf(key: string, isBirth: boolean): Node {
    const known = nodes.get(key);
    if (known !== undefined && !isBirth) return known;
    forget(key);
    const node: Node = { aliases: new Map(), lastSeq: undefined, bdSeq: undefined };
    nodes.set(key, node);
    makeRoom(node);
    return node;
  }

  function announce(node: Node, metrics: readonly SparkplugMetric[]): void {
    for (const { alias, name, datatype } of metrics) {
      if (alias === undefined || name === undefined || name.length > nameLengthMax) continue;
      if (node.aliases.size >= aliasesMax) return;
      if (!node.aliases.has(alias)) aliases += 1;
      node.aliases.set(alias, { name, datatype });
    }
    makeRoom(node);
  }

  return {
    read(tenantId, [, group, word, edge, device], payload) {
      const kind = kinds.find((one) => one === word);
      if (group === undefined || group === '' || edge === undefined || edge === '' || device === '') {
        return rejected('topic');
      }
      if (kind === undefined || kind.startsWith('D') !== (device !== undefined)) return rejected('topic');
      const name = { group, edge };
      if (group.length + edge.length + (device?.length ?? 0) > nameLengthMax) return rejected('name');
      const asset = device === undefined ? `${group}/${edge}` : `${group}/${edge}/${device}`;
      const nothing = { asset, measurements: [], unknownAliases: 0, hasGap: false, node: name };
      if (kind === 'NCMD' || kind === 'DCMD') return accepted(nothing);
      const message = readSparkplugPayload(payload);
      if (message === undefined) return rejected('protobuf');
      const node = nodeOf(JSON.stringify([tenantId, group, edge]), kind === 'NBIRTH');
      const bdSeq = longOf(message.metrics.find((metric) => metric.name === 'bdSeq'));
      if (kind === 'NDEATH') {
        // The will of an earlier session that arrives after the next birth is old news (Sparkplug 3.0, section 5.6).
        const isStale = node.bdSeq !== undefined && bdSeq !== undefined && bdSeq !== node.bdSeq;
        if (isStale) return accepted(nothing);
        node.lastSeq = undefined;
        return accepted({ ...nothing, death: { id: `${bdSeq ?? message.at ?? ''}`, at: message.at } });
      }
      const hasGap = isGap(node.lastSeq, message.seq, kind);
      node.lastSeq = message.seq;
      if (kind === 'NBIRTH') node.bdSeq = bdSeq;
      if (kind === 'DDEATH') {
        return accepted({
          ...nothing,
          hasGap,
          death: { id: `${message.at ?? ''} ${message.seq ?? ''}`, at: message.at },
        });
      }
      if (kind === 'NBIRTH' || kind === 'DBIRTH') announce(node, message.metrics);
      const measurements: Measurement[] = [];
      let unknownAliases = 0;
      for (const metric of message.metrics) {
        const known = metric.alias === undefined ? undefined : node.aliases.get(metric.alias);
        const metricName = metric.name ?? known?.name;
        if (metricName === undefined) unknownAliases += 1;
        if (metricName === undefined || metricName === 'bdSeq' || metric.isNull) continue;
        const value = numberOfMetric(metric.raw, metric.datatype ?? known?.datatype);
        if (value !== undefined) measurements.push({ name: metricName, value, at: metric.at ?? message.at });
      }
      return accepted({ asset, measurements, unknownAliases, hasGap, node: name });
    },
  };
}

/** Numbers of an edge node's messages run from 0 (the birth) to 255 and around; a node that is new to us has no gap. */
function isGap(last: number | undefined, seq: number | undefined, kind: string): boolean {
  if (kind === 'NBIRTH' || last === undefined || seq === undefined) return false;
  return seq !== (last + 1) % 256;
}

function longOf(metric: SparkplugMetric | undefined): bigint | undefined {
  const raw = metric?.raw;
  if (raw === undefined || raw.kind === 'other' || raw.kind === 'float') return undefined;
  return BigInt(raw.value);
}
