import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { LoadState } from '../app/load-state.tsx';
import { PageTitle } from '../app/page-title.tsx';
import { apiQuery } from '../app/queries.ts';
import { DocumentText } from './document-text.tsx';

/** From here on age is worth a word. */
const staleFrom = 0.1;

/** The documents, and what can be found in them. */
export function KnowledgePage() {
  const { q } = useSearch({ from: '/knowledge' });
  const navigate = useNavigate();
  const [words, setWords] = useState(q ?? '');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void navigate({ to: '/knowledge', search: words.trim() === '' ? {} : { q: words.trim() } });
  };
  return (
    <div className="grid gap-5">
      <PageTitle>Knowledge</PageTitle>
      <form onSubmit={submit} role="search" className="flex gap-2">
        <input
          className="field"
          type="search"
          aria-label="Search the documents"
          placeholder="Search the runbooks"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <button className="button">Search</button>
      </form>
      {q === undefined ? <DocumentTitles /> : <FoundPassages query={q} />}
    </div>
  );
}

function DocumentTitles() {
  const list = useQuery(apiQuery('listDocuments', { query: {} }));
  if (list.data === undefined) return <LoadState error={list.error} what="documents" />;
  if (list.data.documents.length === 0)
    return (
      <p className="card text-soft">
        No documents yet: add some with <code>heliosiq knowledge add</code>.
      </p>
    );
  return (
    <ul className="grid gap-2 md:grid-cols-2">
      {list.data.documents.map((document) => (
        <li key={document.id} className="card flex flex-wrap items-baseline gap-x-3">
          <Link to="/documents/$id" params={{ id: document.id }} className="font-medium text-link underline">
            {document.title}
          </Link>
          <span className="text-sm text-soft">{document.tags.join(', ')}</span>
        </li>
      ))}
    </ul>
  );
}

function FoundPassages({ query }: { readonly query: string }) {
  const found = useQuery(
    apiQuery('searchPassages', { body: { q: query, limit: 10, showAll: true, explain: true, sentences: 3 } }),
  );
  if (found.data === undefined) return <LoadState error={found.error} what="passages" />;
  if (found.data.passages.length === 0)
    return <p className="card text-soft">Nothing in the documents matches “{query}”. Try other words.</p>;
  return (
    <ol className="grid gap-3">
      {found.data.passages.map(({ passage, title, validity, why, contradictions = [] }) => (
        <li key={passage.id} className="card grid gap-1">
          <Link
            to="/documents/$id"
            params={{ id: passage.documentId }}
            search={passage.span}
            className="font-medium text-link underline"
          >
            {title}
          </Link>
          <span className="text-sm text-soft">{passage.headings.join(' › ')}</span>
          {validity.reasons.length > 0 && (
            <p className="text-sm text-medium">
              {validity.applies === 'yes' ? 'Note' : validity.applies === 'no' ? 'Does not apply' : 'May not apply'}:{' '}
              {validity.reasons.join('; ')}
            </p>
          )}
          {why !== undefined && why.staleness >= staleFrom && (
            <p className="text-sm text-soft">Old news: its weight is lowered by {Math.round(why.staleness * 100)}%</p>
          )}
          {contradictions.map(({ otherwise, passageId, title: other }) => (
            <p key={passageId} className="text-sm text-medium">
              “{other}” says otherwise: <q>{otherwise}</q>
            </p>
          ))}
          <div className="max-h-48 overflow-hidden text-sm">
            <DocumentText text={passage.text} />
          </div>
        </li>
      ))}
    </ol>
  );
}
