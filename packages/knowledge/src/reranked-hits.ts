/** Found hits in the order that reading their passages makes: by features where scores were fused, then by a model if there is one. */

import type { DocumentId, DocumentSummary } from '@heliosiq/model';
import type { AssetContext } from '@heliosiq/ports';
import { facetsOf } from './document-facets.ts';
import type { TenantHit } from './document-judge.ts';
import { FEATURE_DEPTH, passageFeatures, scoresWithFeatures } from './feature-reranking.ts';
import { mixedScores } from './model-reranking.ts';
import type { ModelReranking } from './model-reranking.ts';
import { newerFirst } from './newer-documents.ts';
import type { DatedDocument } from './newer-documents.ts';
import { embeddedText } from './passage-fields.ts';
import type { PassageFields } from './passage-fields.ts';

export interface RerankedHit extends TenantHit {
  /** See `PassageFeatures`; absent where scores were not fused, and further down the list. */
  readonly proximity?: number;
  readonly headings?: number;
  /** The model's own score; absent where it did not read the passage. */
  readonly reranked?: number;
  /** Why the model read nothing. */
  readonly notReranked?: string;
}

export interface RerankRequest {
  readonly question: string;
  /** The question's terms with their weights, where features count. */
  readonly weights: ReadonlyMap<string, number> | undefined;
  readonly reranking: ModelReranking | undefined;
  readonly asset: AssetContext | undefined;
  readonly fieldsOf: (hit: TenantHit) => PassageFields;
  readonly summaryOf: (id: DocumentId) => DocumentSummary | undefined;
}

/** Reranks the first hits; a document for older versions stays below a newer one about the same. */
export async function rerankHits(hits: readonly TenantHit[], request: RerankRequest): Promise<readonly RerankedHit[]> {
  const { weights, reranking } = request;
  if (hits.length === 0) return hits;
  const featured = weights === undefined ? hits : inOrder(withFeatures(hits, weights, request), request);
  return reranking === undefined ? featured : inOrder(await withModel(featured, reranking, request), request);
}

function withFeatures(
  hits: readonly TenantHit[],
  weights: ReadonlyMap<string, number>,
  { question, fieldsOf }: RerankRequest,
): readonly RerankedHit[] {
  const features = passageFeatures(question, weights, hits.slice(0, FEATURE_DEPTH).map(fieldsOf));
  const scores = scoresWithFeatures(
    hits.map(({ score }) => score),
    features,
  );
  return hits.map((hit, at) => ({ ...hit, ...features[at], score: scores[at] ?? hit.score }));
}

async function withModel(
  hits: readonly RerankedHit[],
  reranking: ModelReranking,
  { question, fieldsOf }: RerankRequest,
): Promise<readonly RerankedHit[]> {
  const texts = hits.slice(0, reranking.depth).map((hit) => embeddedText(fieldsOf(hit)));
  const reading = await reranking.read(question, texts);
  if ('failure' in reading) return hits.map((hit) => ({ ...hit, notReranked: `${reading.model}: ${reading.failure}` }));
  const scores = mixedScores(
    hits.map(({ score }) => score),
    reading.scores,
  );
  return hits.map((hit, at) => {
    const reranked = reading.scores[at];
    return { ...hit, score: scores[at] ?? hit.score, ...(reranked !== undefined && { reranked }) };
  });
}

function inOrder(hits: readonly RerankedHit[], { asset, summaryOf }: RerankRequest): readonly RerankedHit[] {
  const documentOf = (id: DocumentId): DatedDocument | undefined => {
    const summary = summaryOf(id);
    return summary && { title: summary.title, facets: facetsOf(summary.tags) };
  };
  // The reasons were given when the search ordered the hits; here only the order is kept.
  const ordered =
    asset?.version === undefined
      ? hits
      : newerFirst(hits, asset.version, documentOf).map((hit, at) => ({
          ...hit,
          validity: hits[at]?.validity ?? hit.validity,
        }));
  return ordered.toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}
