import { DocumentFormat, DocumentId, DocumentSummary, FoundPassage, IncidentId } from '@heliosiq/model';
import { z } from 'zod';
import { Whole, limitUpTo } from './series.ts';

export const NewDocumentBody = z.strictObject({
  source: z.string().trim().min(1, 'say where the document comes from').max(500),
  format: DocumentFormat.default('markdown'),
  text: z.string().min(1, 'the document is empty').max(2_000_000, 'at most 2,000,000 characters'),
  title: z.string().min(1).max(500).optional(),
  tags: z.array(z.string().min(1).max(100)).max(50).optional(),
});

export const DocumentAdded = z.object({
  document: DocumentSummary,
  outcome: z.enum(['added', 'replaced', 'unchanged']),
});

export const DocumentList = z.object({ documents: z.array(DocumentSummary) });

export const DocumentParams = z.strictObject({ id: DocumentId });

export const TextSpan = z.strictObject({ start: Whole.optional(), end: Whole.optional() });

export const SearchQuery = z.strictObject({
  q: z.string().trim().min(1, 'ask for something').max(1000),
  limit: limitUpTo(100, 10),
});

export const SearchResult = z.object({ passages: z.array(FoundPassage) });

const Name = z.string().trim().min(1).max(100);

/** A search with all that narrows it. */
export const PassageSearchBody = z.strictObject({
  q: z.string().trim().min(1, 'ask for something').max(1000),
  limit: z.number().int().min(1).max(100).default(10),
  /** `hybrid` falls back to words where no embedding model is in use. */
  mode: z.enum(['lexical', 'dense', 'hybrid']).default('hybrid'),
  /** Only documents that carry one of these. */
  tags: z.array(Name).max(50).optional(),
  /** The asset that the question is about: what is not for it is left out. */
  asset: z
    .strictObject({
      class: Name.optional(),
      product: Name.optional(),
      component: Name.optional(),
      version: Name.optional(),
    })
    .optional(),
  /** Shows what does not apply, marked, instead of leaving it out. */
  showAll: z.boolean().default(false),
  /** Tells for each passage what its score is made of. */
  explain: z.boolean().default(false),
});

/** Why a passage was found, and whether it holds. */
export const PassageWhy = z.object({
  /** The share of the question, weighted by how rare its terms are, that the passage contains: 0 to 1. */
  coverage: z.number(),
  /** BM25 with feedback. */
  lexical: z.number().optional(),
  /** Cosine similarity. */
  dense: z.number().optional(),
  /** How old news it is, 0 to 1; taken off the score. */
  staleness: z.number(),
});

export const PassageSearchResult = z.object({
  passages: z.array(
    FoundPassage.extend({
      validity: z.object({ applies: z.enum(['yes', 'no', 'unknown']), reasons: z.array(z.string()) }),
      why: PassageWhy.optional(),
    }),
  ),
});

export const AskBody = z.strictObject({
  question: z.string().trim().min(1, 'ask something').max(2000, 'at most 2,000 characters'),
  incidentId: IncidentId.optional(),
});
