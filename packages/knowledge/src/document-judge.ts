/** What a search makes of documents: which may be shown, whether they hold, how old they are, and in what order they stand. */

import type { DocumentId, DocumentSummary } from '@heliosiq/model';
import type { AssetContext, PassageValidity } from '@heliosiq/ports';
import type { DocumentFacets } from './document-facets.ts';
import { newerFirst } from './newer-documents.ts';
import type { DatedDocument } from './newer-documents.ts';
import type { FusedHit } from './score-fusion.ts';
import { judgeValidity, staleness } from './validity.ts';

/** A document as a search knows it. */
export interface KnownDocument {
  readonly summary: DocumentSummary;
  readonly facets: DocumentFacets;
}

/** Narrows a search: to documents that carry one of `tags` (lower case), and to those of other kinds than these. */
export interface PassageFilter {
  readonly tags?: readonly string[];
  readonly exceptKinds?: readonly string[];
}

export interface TenantSearchOptions {
  readonly limit: number;
  readonly filter?: PassageFilter;
  /** The asset that the question is about. */
  readonly asset?: AssetContext;
  /** Shows what does not apply, marked, instead of leaving it out. */
  readonly showAll?: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A passage as an index found it. */
export interface FoundHit extends FusedHit {
  readonly documentId: DocumentId;
  /** The share of the question, weighted by how rare its terms are, that the passage contains: 0 to 1. */
  readonly coverage: number;
}

/** A passage that matched, with its document and the hash that the document had then. */
export interface TenantHit extends FoundHit {
  readonly sha256: string;
  readonly validity: PassageValidity;
  /** How old news it is, 0 to 1; taken off its score. */
  readonly staleness: number;
  /** How little the document is trusted, 0 to 1; taken off its score. */
  readonly distrust: number;
}

export interface DocumentJudge {
  readonly accepts: (id: DocumentId) => boolean;
  /** The hits of known documents, judged, the best first. */
  readonly order: (hits: readonly FoundHit[]) => readonly TenantHit[];
}

/** What complete staleness takes off a score, in standard deviations of the scores. */
const STALENESS_WEIGHT = 0.5;
/** The same of a document that is not trusted at all. */
const DISTRUST_WEIGHT = 0.5;

/** Judges the documents for one search; each at most once. */
export function createDocumentJudge(
  documents: ReadonlyMap<DocumentId, KnownDocument>,
  { filter, asset, showAll = false, now }: Omit<TenantSearchOptions, 'limit'>,
): DocumentJudge {
  const tags = filter?.tags?.map((tag) => tag.toLowerCase());
  const replaced = replacements(documents, now, asset);
  const judged = new Map<DocumentId, PassageValidity>();

  function validityOf({ summary, facets }: KnownDocument): PassageValidity {
    let validity = judged.get(summary.id);
    if (validity === undefined) {
      const supersededBy = replaced.get(summary.source.toLowerCase());
      validity = judgeValidity(facets, { now, supersededBy, ...(asset && { asset }) });
      judged.set(summary.id, validity);
    }
    return validity;
  }

  return {
    accepts(id) {
      const document = documents.get(id);
      if (document === undefined) return false;
      const { kind } = document.facets;
      if (kind !== undefined && filter?.exceptKinds?.includes(kind) === true) return false;
      if (tags !== undefined && !tags.some((tag) => document.summary.tags.includes(tag))) return false;
      return showAll || validityOf(document).applies !== 'no';
    },
    order(hits) {
      const known = hits.flatMap((hit): TenantHit[] => {
        const document = documents.get(hit.documentId);
        if (document === undefined) return [];
        const { summary, facets } = document;
        const stale = staleness(facets, summary.addedAt, now);
        const distrust = 1 - facets.trust;
        const score = hit.score - STALENESS_WEIGHT * stale - DISTRUST_WEIGHT * distrust;
        return [{ ...hit, score, sha256: summary.sha256, validity: validityOf(document), staleness: stale, distrust }];
      });
      const documentOf = (id: DocumentId): DatedDocument | undefined => {
        const document = documents.get(id);
        return document && { title: document.summary.title, facets: document.facets };
      };
      const ordered = asset?.version === undefined ? known : newerFirst(known, asset.version, documentOf);
      return ordered.toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
    },
  };
}

/** For each source that a document in force replaces, the title of that document. */
function replacements(
  documents: ReadonlyMap<DocumentId, KnownDocument>,
  now: number,
  asset: AssetContext | undefined,
): ReadonlyMap<string, string> {
  const replaced = new Map<string, string>();
  for (const { summary, facets } of documents.values()) {
    if (facets.supersedes.length === 0) continue;
    if (judgeValidity(facets, { now, ...(asset && { asset }) }).applies === 'no') continue;
    for (const source of facets.supersedes) replaced.set(source.toLowerCase(), summary.title);
  }
  return replaced;
}
