import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { sparkplugNamespace } from './sparkplug-nodes.ts';
import type { SparkplugNodeName } from './sparkplug-nodes.ts';

const datatypeBoolean = 11;
const pauseMs = 30_000;
const nodesMax = 10_000;

/** Asks edge nodes to announce their metrics again (Sparkplug 3.0, section 6.4.23: Node Control/Rebirth). */
export interface SparkplugRebirth {
  /** The command for a node; undefined when it was asked a moment ago. */
  ask(node: SparkplugNodeName): { readonly topic: string; readonly payload: Buffer } | undefined;
}

/** Each node is asked every half minute at most. */
export function createSparkplugRebirth(now: () => number): SparkplugRebirth {
  const askedAt = new Map<string, number>();
  return {
    ask({ group, edge }) {
      const topic = `${sparkplugNamespace}/${group}/NCMD/${edge}`;
      const before = askedAt.get(topic);
      if (before !== undefined && now() - before < pauseMs) return undefined;
      if (askedAt.size >= nodesMax) askedAt.clear();
      askedAt.set(topic, now());
      return { topic, payload: rebirthCommand(now()) };
    },
  };
}

function rebirthCommand(at: number): Buffer {
  const metric = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string('Node Control/Rebirth')
    .tag(3, WireType.Varint)
    .uint64(at)
    .tag(4, WireType.Varint)
    .uint32(datatypeBoolean)
    .tag(14, WireType.Varint)
    .bool(true)
    .finish();
  const payload = new BinaryWriter().tag(1, WireType.Varint).uint64(at).tag(2, WireType.LengthDelimited).bytes(metric);
  return Buffer.from(payload.finish());
}
