import type { Answer } from '@heliosiq/model';
import { SourceLink } from '../app/source-link.tsx';
import { readable } from '../words/sentences.ts';
import { sectionsOf } from './answer-sections.ts';

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
    </div>
  );
}

function CitationNumber({ n, citation }: { readonly n: number; readonly citation: Citation | undefined }) {
  if (citation === undefined) return null;
  const quote = readable(citation.quote);
  return (
    <SourceLink
      url={citation.url}
      title={quote}
      aria-label={`Source ${n}: ${readable(citation.title)}`}
      className="ml-1 inline-block min-w-5 rounded bg-raised px-1 text-center text-xs/5 text-link tabular-nums hover:underline"
    >
      {n}
    </SourceLink>
  );
}

function Sources({ citations }: { readonly citations: readonly Citation[] }) {
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
              <SourceLink url={citation.url} className="text-link underline">
                {readable(citation.title)}
              </SourceLink>{' '}
              <q className="text-soft">{readable(citation.quote)}</q>
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
