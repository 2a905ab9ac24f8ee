import { AssetId } from '@heliosiq/model';
import type { Edge } from '@heliosiq/model';

/** A sample as it goes over the wire. */
export interface WireSample {
  readonly kind: 'sample';
  readonly asset: string;
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly unit?: string;
  readonly at: number;
  readonly value: number;
}

/** What was measured at one moment. */
export interface Frame {
  readonly at: number;
  readonly samples: readonly WireSample[];
}

/** Something that was recorded once and can be sent again. */
export interface Recording {
  readonly name: string;
  /** One sentence: what this is a recording of. */
  readonly about: string;
  readonly edges: readonly Edge[];
  readonly assets: readonly { readonly id: string; readonly class: string }[];
  /** In ascending time. */
  readonly frames: readonly Frame[];
  /** From when on something may be wrong; only the narrator uses it. */
  readonly troubleFrom: number;
}

/** An edge from recorded names. */
export function callsEdge(from: string, to: string): Edge {
  return { from: AssetId.parse(from), to: AssetId.parse(to), kind: 'calls' };
}
