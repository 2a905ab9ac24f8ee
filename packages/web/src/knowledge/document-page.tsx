import { DocumentId } from '@heliosiq/api';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { LoadState } from '../app/load-state.tsx';
import { apiQuery } from '../app/queries.ts';

/** A document's text; a cited span is marked and brought into view. */
export function DocumentPage() {
  const { id } = useParams({ from: '/documents/$id' });
  const { start, end } = useSearch({ from: '/documents/$id' });
  const document = useQuery(apiQuery('getDocument', { params: { id: DocumentId.parse(id) } }));
  const mark = useRef<HTMLElement>(null);
  useEffect(() => mark.current?.scrollIntoView({ block: 'center' }), [document.data]);
  if (document.data === undefined) return <LoadState error={document.error} what="document" />;
  const { title, source, text } = document.data;
  return (
    <article className="grid gap-4">
      <Link to="/knowledge" className="text-sm text-link underline">
        Knowledge
      </Link>
      <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
      <p className="text-sm text-soft">{source}</p>
      <pre className="card font-sans text-[0.9375rem] whitespace-pre-wrap">
        {start === undefined || end === undefined ? (
          text
        ) : (
          <>
            {text.slice(0, start)}
            <mark ref={mark} className="rounded bg-accent/25 text-inherit">
              {text.slice(start, end)}
            </mark>
            {text.slice(end)}
          </>
        )}
      </pre>
    </article>
  );
}
