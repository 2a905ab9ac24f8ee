import type { Document } from '@heliosiq/model';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { LoadState } from '../app/load-state.tsx';
import { PageTitle } from '../app/page-title.tsx';
import { apiQuery } from '../app/queries.ts';
import type { CitedPlace } from './cited-place.ts';
import type { MarkedSpan } from './document-blocks.ts';
import { DocumentText } from './document-text.tsx';

/** A document's text; a cited span is marked and brought into view, and what changed since it was cited is told. */
export function DocumentPage() {
  const { id } = useParams({ from: '/documents/$id' });
  const place = useSearch({ from: '/documents/$id' });
  const document = useQuery(apiQuery('getDocument', { params: { id } }));
  if (document.data === undefined) return <LoadState error={document.error} what="document" />;
  return <CitedDocument document={document.data} place={place} />;
}

function CitedDocument({ document, place }: { readonly document: Document; readonly place: CitedPlace }) {
  const { id, source, title, text } = document;
  const { start, end, sha256, quote } = place;
  const span = start === undefined || end === undefined ? undefined : { start, end };
  const cited = span !== undefined && sha256 !== undefined && { id, source, headings: [], span, sha256 };
  const check = useQuery({
    ...apiQuery('checkCitations', {
      body: { citations: [{ quote: quote ?? '', ...(cited && { document: cited }) }] },
    }),
    enabled: cited !== false && quote !== undefined && sha256 !== document.sha256,
  });
  const found = check.data?.states[0];
  const hasChanged = sha256 !== undefined && sha256 !== document.sha256;
  const isGone = hasChanged && found?.state === 'gone';
  const marked: MarkedSpan | undefined = found?.state === 'moved' ? found.span : isGone ? undefined : span;
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    mark.current?.scrollIntoView({ block: 'center' });
  }, [marked?.start]);
  return (
    <article className="mx-auto grid w-full max-w-3xl gap-4">
      <Link to="/knowledge" className="back-link">
        Knowledge
      </Link>
      <PageTitle>{title}</PageTitle>
      <p className="text-sm text-soft wrap-anywhere">
        {source}
        {marked !== undefined && !hasChanged && ' · the cited passage is marked'}
      </p>
      {hasChanged && (
        <section role="status" aria-label="Changed since" className="card border-l-2 border-medium">
          <p>{changeWords(found?.state, quote !== undefined)}</p>
          {isGone && <q className="text-soft wrap-anywhere">{quote}</q>}
        </section>
      )}
      <div className="card">
        <DocumentText text={text} firstMark={mark} {...(marked === undefined ? {} : { span: marked })} />
      </div>
    </article>
  );
}

function changeWords(state: 'valid' | 'moved' | 'gone' | undefined, isQuoteKnown: boolean): string {
  const changed = 'This document has changed since it was cited';
  if (!isQuoteKnown) return `${changed}: what is marked may not be what was quoted.`;
  if (state === 'gone') return `${changed}; these words are no longer in it:`;
  if (state === 'moved') return `${changed}; the quoted words stand elsewhere now, where they are marked.`;
  return `${changed}; the quoted words still stand where they did.`;
}
