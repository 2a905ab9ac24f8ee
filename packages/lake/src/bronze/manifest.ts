import { accepted, rejected, type Outcome, type TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import { bronzeNameOf, digestDigits, type BronzeName, type BronzeStream } from './bronze-names.ts';

/** The first and the last of something. */
export interface Extent {
  readonly first: number;
  readonly last: number;
}

/** What a segment holds: a run of one tenant's records of one stream, in the order of their offsets. */
export interface SegmentContent extends BronzeStream {
  /** Version of the layout. */
  readonly format: 1;
  readonly tenant: TenantId;
  readonly hour: string;
  readonly records: number;
  readonly samples: number;
  /** Events, logs, changes and alerts. */
  readonly signals: number;
  /** Series whose words the segment tells. */
  readonly series: number;
  readonly offsets: Extent;
  /** When the log took the records, milliseconds since the epoch. */
  readonly appended: Extent;
  /** Moments of the samples, milliseconds since the epoch; null without samples. */
  readonly times: Extent | null;
  /** The chain of hashes before the first and after the last record, 64 hexadecimal digits each. */
  readonly links: { readonly before: string; readonly after: string };
}

/** A segment with what proves its bytes. */
export interface ManifestEntry extends SegmentContent {
  readonly segment: { readonly bytes: number; readonly rawBytes: number; readonly sha256: string };
}

/** The name of an entry's segment or manifest. */
export function nameOfEntry(entry: ManifestEntry, kind: BronzeName['kind']): string {
  return bronzeNameOf({
    hour: entry.hour,
    partition: entry.partition,
    epoch: entry.epoch,
    firstOffset: entry.offsets.first,
    lastOffset: entry.offsets.last,
    digest: entry.segment.sha256.slice(0, digestDigits),
    kind,
  });
}

/** An entry as the bytes of its manifest: JSON with a seal, the SHA-256 of the JSON of everything else. */
export function encodeManifest(entry: ManifestEntry): Buffer {
  return Buffer.from(`${JSON.stringify({ ...entry, seal: sha256Hex(JSON.stringify(entry)) })}\n`);
}

/** Reads a manifest; the reason says what is wrong with other bytes. */
export function decodeManifest(bytes: Uint8Array): Outcome<ManifestEntry> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return rejected('the manifest is no JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || !('seal' in parsed) || !('format' in parsed)) {
    return rejected('the manifest has no seal');
  }
  const { seal, ...entry } = parsed;
  if (sha256Hex(JSON.stringify(entry)) !== seal) return rejected('the seal of the manifest does not fit its content');
  if (entry.format !== 1) return rejected('the manifest is of a version that this program does not know');
  // The cast holds: the seal says that the content is what `encodeManifest` was given, the format that it had this type.
  return accepted(entry as ManifestEntry);
}
