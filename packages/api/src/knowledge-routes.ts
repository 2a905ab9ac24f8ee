import { z } from 'zod';
import {
  AnswerRating,
  AnswerRatingList,
  CitationsChecked,
  CitationsToCheck,
  DocumentAdded,
  RatingsQuery,
  UploadQuery,
} from './contract/knowledge.ts';
import type { Route } from './route.ts';

/** Operations around documents and answers, beside adding, reading and searching. */
export const knowledgeRoutes = {
  uploadDocument: {
    method: 'POST',
    path: '/api/v1/documents/file',
    summary: 'Add or replace a document from a file: Markdown, text, HTML, PDF, DOCX or OpenAPI (JSON).',
    tag: 'knowledge',
    role: 'operator',
    query: UploadQuery,
    body: 'raw',
    consumes: [
      'application/octet-stream',
      'application/pdf',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'text/html',
      'text/markdown',
      'text/plain',
      'application/json',
      'application/yaml',
    ],
    status: 201,
    response: DocumentAdded,
  },
  checkCitations: {
    method: 'POST',
    path: '/api/v1/citations/check',
    summary: 'Whether quotes still stand where they were cited from.',
    tag: 'knowledge',
    role: 'viewer',
    body: CitationsToCheck,
    response: CitationsChecked,
  },
  rateAnswer: {
    method: 'POST',
    path: '/api/v1/answers/:id/rating',
    summary: 'Say whether an answer helped; the last word of each person counts.',
    tag: 'copilot',
    role: 'viewer',
    params: z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/, 'give the id of an answer') }),
    body: AnswerRating,
    status: 204,
    response: z.undefined(),
  },
  listAnswerRatings: {
    method: 'GET',
    path: '/api/v1/answers/ratings',
    summary: 'What people said of answers, the newest first.',
    tag: 'copilot',
    role: 'operator',
    query: RatingsQuery,
    response: AnswerRatingList,
  },
} as const satisfies Record<string, Route>;
