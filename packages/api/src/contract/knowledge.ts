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

export const AskBody = z.strictObject({
  question: z.string().trim().min(1, 'ask something').max(2000, 'at most 2,000 characters'),
  incidentId: IncidentId.optional(),
});
