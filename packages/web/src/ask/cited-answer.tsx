import type { Answer } from '@heliosiq/model';
import { useQuery } from '@tanstack/react-query';
import { apiQuery } from '../app/queries.ts';
import { readable } from '../words/sentences.ts';
import { AnswerRating } from './answer-rating.tsx';
import { sectionsOf } from './answer-sections.ts';
import { CitationLink } from './citation-link.tsx';

type Citation = Answer['citations'][number];

/** An answer in parts, each sentence with the numbers of its sources; the sources with their words fold out below. */
export function CitedAnswer({ answer }: { readonly answer: Answer }) {
  const sections = sectionsOf(answer);
  const citationOf = new Map(answer.citations.map((citation) => [citation.n, citation]));
  return (
    <div className="grid gap-3">
      <p className="border-l-2 border-accent pl-2.5 font-medium wrap-anywhere">{answer.question}</p>
      {sections.map(({ title, sentences }) => (
        <section key={title} aria-label={title} className="grid gap-1">
          {sections.length > 1 && <h3 className="text-sm font-semibold text-soft">{title}</h3>}
          <ul className="grid gap-1.5">
            {sentences.map((sentence, index) => (
              <li key={index} className={sentences.length > 1 ? 'grid grid-cols-[0.75rem_1fr] gap-1' : ''}>
                {sentences.length > 1 && (
                  <span aria-hidden className="text-soft">
                    •
                  </span>
                )}
                <span className="wrap-anywhere">
                  {readable(sentence.text)}
                  {sentence.citations.map((n) => (
                    <CitationNumber key={n} n={n} citation={citationOf.get(n)} />
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {answer.citations.length > 0 && <Sources citations={answer.citations} />}
      {answer.id !== undefined && <AnswerRating key={answer.id} id={answer.id} question={answer.question} />}
    </div>
  );
}

function CitationNumber({ n, citation }: { readonly n: number; readonly citation: Citation | undefined }) {
  if (citation === undefined) return null;
  const quote = readable(citation.quote);
  return (
    <CitationLink
      citation={citation}
      title={quote}
      aria-label={`Source ${n}: ${readable(citation.title)}`}
      className="ml-1 inline-block min-w-5 rounded bg-raised px-1 text-center text-xs/5 text-link tabular-nums hover:underline"
    >
      {n}
    </CitationLink>
  );
}

function Sources({ citations }: { readonly citations: readonly Citation[] }) {
  const changed = useChangedSince(citations);
  return (
    <details className="border-t border-line pt-2 text-sm">
      <summary className="cursor-pointer text-soft hover:text-ink">
        {citations.length} source{citations.length === 1 ? '' : 's'}
      </summary>
      <ol aria-label="Sources" className="mt-2 grid gap-2">
        {citations.map((citation) => (
          <li key={citation.n} className="grid grid-cols-[1.5rem_1fr] gap-1 wrap-anywhere">
            <span className="text-soft tabular-nums">{citation.n}</span>
            <span>
              <CitationLink citation={citation} className="text-link underline">
                {readable(citation.title)}
              </CitationLink>{' '}
              <q className="text-soft">{readable(citation.quote)}</q>
              {changed.has(citation.n) && <strong className="ml-1 text-medium">changed since</strong>}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

/** The numbers of the citations whose documents are not as they were when they were cited. */
function useChangedSince(citations: readonly Citation[]): ReadonlySet<number> {
  const quoted = citations.filter(({ document }) => document !== undefined).slice(0, 100);
  const { data } = useQuery({
    ...apiQuery('checkCitations', { body: { citations: quoted.map(({ quote, document }) => ({ quote, document })) } }),
    // Whoever comes back to an answer is told of what changed while its sources were read.
    staleTime: 0,
    enabled: quoted.length > 0,
  });
  const isAsItWas = (at: number): boolean => {
    const found = data?.states[at];
    return found === undefined || (found.state === 'valid' && !found.changed);
  };
  return new Set(quoted.flatMap(({ n }, at) => (isAsItWas(at) ? [] : [n])));
}
