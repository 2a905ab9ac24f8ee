/** A new document as sent, turned into what is stored: canonical text, title, tags, passages. */

import { HeliosError } from '@heliosiq/model';
import type { Document, Passage, TenantId } from '@heliosiq/model';
import { documentIdOf } from '@heliosiq/model/content-id.ts';
import type { NewDocument } from '@heliosiq/ports';
import { canonicaliseText } from './canonical-text.ts';
import { facetTags } from './document-facets.ts';
import { frontMatterList, frontMatterText, readFrontMatter } from './front-matter.ts';
import { markdownPassages, markdownTitle } from './markdown-passages.ts';
import { plainPassages } from './plain-passages.ts';

/** A document with the passages cut from it. */
export interface ReadDocument {
  readonly document: Document;
  readonly passages: readonly Passage[];
}

const NAME_LENGTH_MAX = 500;
const TAG_LENGTH_MAX = 100;
const TAGS_MAX = 50;

/**
 * Reads a new document. The title is the one given, or the front matter's, the first heading, the source's name; the tags
 * are those given and the front matter's `tags`, `applies-to` and facets (`facetTags`).
 *
 * @throws HeliosError `invalid-request` or `too-large`, naming the field.
 */
export function readDocument(tenantId: TenantId, input: NewDocument, addedAt: number): ReadDocument {
  const source = input.source.trim();
  if (source === '' || source.length > NAME_LENGTH_MAX) {
    throw new HeliosError('invalid-request', `a source has 1 to ${NAME_LENGTH_MAX} characters`, { field: 'source' });
  }
  const canonical = canonicaliseText(input.text);
  if (!canonical.ok) throw new HeliosError(canonical.reason.code, canonical.reason.message, { field: 'text' });
  const { text, sha256 } = canonical.value;
  const frontMatter = readFrontMatter(text);
  const { bodyStart } = frontMatter;
  const markdown = input.format === 'markdown';
  const title = firstTitle(
    input.title,
    frontMatterText(frontMatter, 'title'),
    markdown ? markdownTitle(text, bodyStart) : undefined,
    nameOf(source),
  );
  const tags = readTags([
    ...(input.tags ?? []),
    ...frontMatterList(frontMatter, 'tags'),
    ...frontMatterList(frontMatter, 'applies-to'),
    ...facetTags(frontMatter.fields),
  ]);
  const id = documentIdOf(tenantId, source);
  const drafts = markdown ? markdownPassages(text, bodyStart) : plainPassages(text, bodyStart);
  const passages = drafts.map(({ headings, span }, ordinal) => ({
    id: `${id}:${ordinal}`,
    documentId: id,
    ordinal,
    headings: headings[0] === title ? [...headings] : [title, ...headings],
    span,
    text: text.slice(span.start, span.end),
  }));
  return { document: { id, source, title, format: input.format, tags, text, sha256, addedAt }, passages };
}

function firstTitle(...candidates: readonly (string | undefined)[]): string {
  for (const candidate of candidates) {
    const title = candidate?.replace(/\s+/g, ' ').trim();
    if (title) return title.slice(0, NAME_LENGTH_MAX).toWellFormed();
  }
  return 'Untitled';
}

/** `runbook/high-latency.md` -> `high latency`. */
function nameOf(source: string): string {
  const file = source.split('/').at(-1) ?? source;
  return file.replace(/\.[a-z0-9]{1,5}$/i, '').replace(/[-_]+/g, ' ');
}

function readTags(candidates: readonly string[]): string[] {
  const tags = new Set<string>();
  for (const candidate of candidates) {
    const tag = candidate.trim().toLowerCase();
    if (tag.length > TAG_LENGTH_MAX) {
      throw new HeliosError('invalid-request', `a tag has at most ${TAG_LENGTH_MAX} characters`, { field: 'tags' });
    }
    if (tag !== '') tags.add(tag);
  }
  if (tags.size > TAGS_MAX) throw new HeliosError('invalid-request', `at most ${TAGS_MAX} tags`, { field: 'tags' });
  return [...tags];
}
