import { z } from 'zod';
import { DocumentId } from './ids.ts';
import { Timestamp } from './signal.ts';

/** Half-open range of UTF-16 code units in a document's canonical text. */
export const Span = z.object({ start: z.number().int().nonnegative(), end: z.number().int().nonnegative() });
export type Span = z.infer<typeof Span>;

export const DocumentFormat = z.enum(['markdown', 'text']);
export type DocumentFormat = z.infer<typeof DocumentFormat>;

/** A document as kept: its canonical text is what every span points into. */
export const Document = z.object({
  id: DocumentId,
  /** Where it came from, unique in its tenant, e.g. `runbook/high-latency.md`. */
  source: z.string().min(1).max(500),
  title: z.string().min(1).max(500),
  format: DocumentFormat,
  tags: z.array(z.string().max(100)).max(50),
  /** Normalised text (line feeds, Unicode NFC). */
  text: z.string(),
  /** SHA-256 of `text`, 64 hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  addedAt: Timestamp,
});
export type Document = z.infer<typeof Document>;

/** A document without its text, for lists. */
export const DocumentSummary = Document.omit({ text: true }).extend({ passages: z.number().int().nonnegative() });
export type DocumentSummary = z.infer<typeof DocumentSummary>;

/** A piece of a document that can be found and quoted: `text` is exactly the document's text in `span`. */
export const Passage = z.object({
  /** `<document>:<ordinal>`. */
  id: z.string(),
  documentId: DocumentId,
  ordinal: z.number().int().nonnegative(),
  /** Headings from the document's title down to the passage. */
  headings: z.array(z.string()),
  span: Span,
  text: z.string(),
});
export type Passage = z.infer<typeof Passage>;

/** A passage that answered a query, best first. `score` orders one answer list only. */
export const FoundPassage = z.object({
  passage: Passage,
  score: z.number(),
  title: z.string(),
  source: z.string(),
  sha256: z.string(),
});
export type FoundPassage = z.infer<typeof FoundPassage>;

/** What a claim rests on: `url` answers with `quote` in it. */
export const Citation = z.object({
  /** Number in the answer, from 1: `[1]`. */
  n: z.number().int().positive(),
  kind: z.enum(['anomaly', 'evidence', 'incident', 'passage', 'change', 'alert']),
  title: z.string(),
  url: z.string(),
  /** Exact words of the source. */
  quote: z.string(),
  document: z
    .object({ id: DocumentId, source: z.string(), headings: z.array(z.string()), span: Span, sha256: z.string() })
    .optional(),
});
export type Citation = z.infer<typeof Citation>;

/** How far the citations of a sentence say what the sentence says. */
export const Support = z.object({
  verdict: z.enum(['supported', 'partly', 'unsupported']),
  /** 0: nothing of it stands in its citations; 1: all of it does. */
  score: z.number().min(0).max(1),
});
export type Support = z.infer<typeof Support>;

/** One sentence of an answer with the numbers of the citations that carry it. */
export const AnswerSentence = z.object({
  text: z.string(),
  citations: z.array(z.number().int().positive()),
  /** Whether its citations carry it; absent for what the product itself says, such as what it does not know. */
  support: Support.optional(),
});
export type AnswerSentence = z.infer<typeof AnswerSentence>;

/** An answer to a question: every sentence is cited, or the answer says that it does not know. */
export const Answer = z.object({
  /** Names its content: the same answer to the same question has the same, 32 hexadecimal digits. */
  id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  question: z.string(),
  known: z.boolean(),
  sentences: z.array(AnswerSentence),
  citations: z.array(Citation),
  /** The sentences joined, with `[n]` marks, for a terminal. */
  text: z.string(),
  incidentId: z.string().optional(),
  /** How likely it is that the documents answer the question, 0 to 1; only where they were asked. */
  confidence: z.number().min(0).max(1).optional(),
  /** Documents that come nearest to a question that nothing answers, best first. */
  nearest: z.array(z.object({ documentId: DocumentId, title: z.string(), source: z.string() })).optional(),
});
export type Answer = z.infer<typeof Answer>;
