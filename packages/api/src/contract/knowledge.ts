import { Citation, DocumentFormat, DocumentId, DocumentSummary, FoundPassage, IncidentId, Span } from '@heliosiq/model';
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
  /** Passages of one document beyond so many stand behind those of others. */
  perDocument: z.number().int().min(1).max(100).default(3),
  /** Gives of each passage the sentences that matter most, at most so many, and what contradicts them. */
  sentences: z.number().int().min(0).max(20).default(0),
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
  /** How near words that follow each other in the question stand in the passage, 0 to 1. */
  proximity: z.number().optional(),
  /** The share of the question in title and headings, 0 to 1. */
  headings: z.number().optional(),
  /** What a reranking model gave, on its own scale. */
  reranked: z.number().optional(),
  /** Why the reranking model, where there is one, read nothing for this search. */
  notReranked: z.string().optional(),
  /** How old news it is, 0 to 1; taken off the score. */
  staleness: z.number(),
  /** How little its document is trusted, 0 to 1; taken off the score. */
  distrust: z.number().optional(),
});

/** A sentence of a passage, exactly as it stands in `span` of its document. */
const SentenceFound = z.object({ text: z.string(), span: Span, share: z.number(), score: z.number() });

export const PassageSearchResult = z.object({
  passages: z.array(
    FoundPassage.extend({
      validity: z.object({ applies: z.enum(['yes', 'no', 'unknown']), reasons: z.array(z.string()) }),
      /** The sentences that matter for the question, where `sentences` asked for them. */
      sentences: z.array(SentenceFound).optional(),
      /** What another document that holds as well says otherwise, of these sentences. */
      contradictions: z
        .array(z.object({ says: z.string(), otherwise: z.string(), passageId: z.string(), title: z.string() }))
        .optional(),
      why: PassageWhy.optional(),
    }),
  ),
});

export const AskBody = z.strictObject({
  question: z.string().trim().min(1, 'ask something').max(2000, 'at most 2,000 characters'),
  incidentId: IncidentId.optional(),
});

/** How a file is to be kept; its name tells what text is, its first bytes what else it is. */
export const UploadQuery = z.strictObject({
  source: z.string().trim().min(1, 'say where the document comes from').max(500),
  /** Comma-separated, such as `product:px-9,version:2.3.x`. */
  tags: z
    .string()
    .max(5000)
    .transform((text) => text.split(',').map((tag) => tag.trim()))
    .pipe(z.array(z.string().min(1).max(100)).max(50))
    .optional(),
});

export const CitationsToCheck = z.strictObject({
  citations: z
    .array(z.object({ quote: z.string().max(20_000), document: Citation.shape.document }))
    .min(1)
    .max(100),
});

/** What became of each quote, in order; `changed`: the document was changed elsewhere since. */
export const CitationsChecked = z.object({
  states: z.array(
    z.discriminatedUnion('state', [
      z.object({ state: z.literal('valid'), changed: z.boolean() }),
      z.object({ state: z.literal('moved'), span: Span }),
      z.object({ state: z.literal('gone') }),
    ]),
  ),
});

export const AnswerRating = z.strictObject({
  helpful: z.boolean(),
  note: z.string().trim().max(1000).optional(),
  /** What had been asked, so that the list of ratings can say it. */
  question: z.string().trim().max(2000).optional(),
});

export const RatingsQuery = z.strictObject({
  limit: limitUpTo(1000, 100),
  helpful: z
    .enum(['true', 'false'], 'give true or false')
    .transform((text) => text === 'true')
    .optional(),
});

/** What people said of answers, the newest first. */
export const AnswerRatingList = z.object({
  ratings: z.array(
    z.object({
      answerId: z.string(),
      actor: z.string(),
      helpful: z.boolean(),
      note: z.string().optional(),
      question: z.string().optional(),
      at: z.number().int(),
    }),
  ),
});
