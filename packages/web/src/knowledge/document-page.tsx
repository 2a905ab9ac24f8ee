import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { LoadState } from '../app/load-state.tsx';
import { PageTitle } from '../app/page-title.tsx';
import { apiQuery } from '../app/queries.ts';
import { DocumentText } from './document-text.tsx';

/** A document's text; a cited span is marked and brought into view. */
export function DocumentPage() {
  const { id } = useParams({ from: '/documents/$id' });
  const { start, end } = useSearch({ from: '/documents/$id' });
  const document = useQuery(apiQuery('getDocument', { params: { id } }));
  const mark = useRef<HTMLElement>(null);
  const isLoaded = document.data !== undefined;
  useEffect(() => {
    mark.current?.scrollIntoView({ block: 'center' });
  }, [isLoaded, start]);
  if (document.data === undefined) return <LoadState error={document.error} what="document" />;
  const { title, source, text } = document.data;
  return (
    <article className="mx-auto grid w-full max-w-3xl gap-4">
      <Link to="/knowledge" className="back-link">
        Knowledge
      </Link>
      <PageTitle>{title}</PageTitle>
      <p className="text-sm text-soft wrap-anywhere">
        {source}
        {start !== undefined && ' · the cited passage is marked'}
      </p>
      <div className="card">
        <DocumentText
          text={text}
          firstMark={mark}
          {...(start === undefined || end === undefined ? {} : { span: { start, end } })}
        />
      </div>
    </article>
  );
}
