/** What a document says it is about and when it holds: tags of the form `name:value`. */

import { parseVersionRange } from './version-range.ts';
import type { VersionRange } from './version-range.ts';

/** The facets that rules of validity read. */
export interface DocumentFacets {
  readonly products: readonly string[];
  readonly components: readonly string[];
  readonly classes: readonly string[];
  /** As written, for reasons; `undefined` when the document is for all versions. */
  readonly versionText: string | undefined;
  /** `undefined` also when the text is no range. */
  readonly versions: VersionRange | undefined;
  /** Milliseconds since the epoch. */
  readonly validFrom: number | undefined;
  /** The first moment at which it holds no more. */
  readonly validUntil: number | undefined;
  /** `draft` and `retired` documents are not for answers. */
  readonly status: 'draft' | 'current' | 'retired';
  /** Sources that this document replaces. */
  readonly supersedes: readonly string[];
  /** What it is: `manual`, `runbook`, `incident`, `insight` ... */
  readonly kind: string | undefined;
  /** When what it says was written, if it says so. */
  readonly writtenAt: number | undefined;
  /** How far it is trusted, 0 to 1; 1 when it does not say. */
  readonly trust: number;
}

/** Front matter keys and the facet that each becomes. */
const FACETS_OF_FRONT_MATTER: Readonly<Record<string, string>> = {
  product: 'product',
  component: 'component',
  'asset-class': 'class',
  class: 'class',
  version: 'version',
  versions: 'version',
  firmware: 'version',
  'valid-from': 'valid-from',
  'valid-until': 'valid-until',
  status: 'status',
  supersedes: 'supersedes',
  kind: 'kind',
  author: 'author',
  trust: 'trust',
  date: 'date',
};

const DAY_MS = 86_400_000;

/** The tags that a front matter's fields stand for. */
export function facetTags(fields: ReadonlyMap<string, string | readonly string[]>): string[] {
  const tags: string[] = [];
  for (const [key, value] of fields) {
    const facet = FACETS_OF_FRONT_MATTER[key];
    if (facet === undefined) continue;
    for (const one of typeof value === 'string' ? [value] : value) {
      const text = one.replace(/\s+/g, ' ').trim();
      if (text !== '') tags.push(`${facet}:${text}`);
    }
  }
  return tags;
}

/** The facets of a document's tags. Days without a time are days in UTC, `valid-until` including its day. */
export function facetsOf(tags: readonly string[]): DocumentFacets {
  const valuesOf = (name: string): string[] =>
    tags.filter((tag) => tag.startsWith(`${name}:`)).map((tag) => tag.slice(name.length + 1).trim());
  const [versionText] = [valuesOf('version').join(' || ')].filter((text) => text !== '');
  const [status] = valuesOf('status');
  const [kind] = valuesOf('kind');
  return {
    products: valuesOf('product'),
    components: valuesOf('component'),
    classes: valuesOf('class'),
    versionText,
    versions: versionText === undefined ? undefined : parseVersionRange(versionText),
    validFrom: momentOf(valuesOf('valid-from')[0], 0),
    validUntil: momentOf(valuesOf('valid-until')[0], DAY_MS),
    status: status === 'draft' ? 'draft' : status === 'retired' || status === 'obsolete' ? 'retired' : 'current',
    supersedes: valuesOf('supersedes'),
    kind,
    writtenAt: momentOf(valuesOf('date')[0], 0),
    trust: trustOf(valuesOf('trust')[0]),
  };
}

const TRUST_IN_WORDS: Readonly<Record<string, number>> = { low: 0, medium: 0.5, high: 1 };

/** `low`, `medium`, `high` or a number from 0 to 1; what cannot be read lowers nothing. */
function trustOf(text: string | undefined): number {
  const trust = text === undefined || text === '' ? 1 : (TRUST_IN_WORDS[text.toLowerCase()] ?? Number(text));
  return trust >= 0 && trust <= 1 ? trust : 1;
}

function momentOf(text: string | undefined, dayShiftMs: number): number | undefined {
  if (text === undefined) return undefined;
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) return undefined;
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? moment + dayShiftMs : moment;
}
