/** Of documents that all hold for a version, the one that was written for newer versions goes first. */

import type { DocumentId } from '@heliosiq/model';
import type { PassageValidity } from '@heliosiq/ports';
import type { DocumentFacets } from './document-facets.ts';
import { compareBeginnings } from './version-range.ts';

/** A hit as far as it is ordered here. */
export interface DatedHit {
  readonly documentId: DocumentId;
  readonly score: number;
  readonly validity: PassageValidity;
}

/** What a document says of itself. */
export interface DatedDocument {
  readonly title: string;
  readonly facets: DocumentFacets;
}

/**
 * Puts passages of an older document below the best one of a newer document for the same product, class, component and kind,
 * and says so in the reasons. Which is newer is told by where the version ranges begin; `version` is that of the asset.
 */
export function newerFirst<Hit extends DatedHit>(
  hits: readonly Hit[],
  version: string,
  documentOf: (id: DocumentId) => DatedDocument | undefined,
): readonly Hit[] {
  const newest = new Map<
    string,
    { readonly id: DocumentId; readonly document: DatedDocument; readonly score: number }
  >();
  for (const { documentId, score, validity } of hits) {
    const document = documentOf(documentId);
    const subject = document && subjectOf(document.facets);
    if (document === undefined || subject === undefined || validity.applies === 'no') continue;
    const known = newest.get(subject);
    const order = known === undefined ? 1 : beginningOrder(version, document, known.document);
    if (order > 0 || (known !== undefined && known.id === documentId && score > known.score)) {
      newest.set(subject, { id: documentId, document, score });
    }
  }
  return hits.map((hit) => {
    const document = documentOf(hit.documentId);
    const subject = document && subjectOf(document.facets);
    const newer = subject === undefined ? undefined : newest.get(subject);
    if (document === undefined || newer === undefined || hit.validity.applies === 'no') return hit;
    if (beginningOrder(version, document, newer.document) >= 0) return hit;
    const reason = `${newer.document.title} is for newer versions and goes before it`;
    const validity = { ...hit.validity, reasons: [...hit.validity.reasons, reason] };
    return { ...hit, score: Math.min(hit.score, below(newer.score)), validity };
  });
}

function beginningOrder(version: string, a: DatedDocument, b: DatedDocument): number {
  const [one, other] = [a.facets.versions, b.facets.versions];
  return one === undefined || other === undefined ? 0 : compareBeginnings(version, one, other);
}

/** What a document with a version range is about; `undefined` where it names no product, class or component. */
function subjectOf({ versions, products, classes, components, kind }: DocumentFacets): string | undefined {
  if (versions === undefined || products.length + classes.length + components.length === 0) return undefined;
  return JSON.stringify([products.toSorted(), classes.toSorted(), components.toSorted(), kind ?? '']);
}

function below(score: number): number {
  return score - Math.max(1e-6, Math.abs(score) * 1e-6);
}
