import type { Answer } from '@heliosiq/model';
import { Link } from '@tanstack/react-router';
import { pagePathOf } from '../app/page-path.ts';

/** An answer, each sentence with the numbers of its sources, and the sources below. */
export function CitedAnswer({ answer }: { readonly answer: Answer }) {
  return (
    <div className="grid gap-3" aria-live="polite">
      <p>
        {answer.sentences.map((sentence, index) => (
          <span key={index}>
            {sentence.text}
            {sentence.citations.map((n) => (
              <a key={n} href={`#source-${n}`} className="ml-0.5 align-super text-xs text-link">
                [{n}]
              </a>
            ))}{' '}
          </span>
        ))}
      </p>
      {answer.citations.length > 0 && (
        <ol aria-label="Sources" className="grid gap-1 border-t border-line pt-2 text-sm text-soft">
          {answer.citations.map((citation) => (
            <li key={citation.n} id={`source-${citation.n}`} className="wrap-anywhere">
              [{citation.n}]{' '}
              <Link to={pagePathOf(citation.url)} className="text-link underline">
                {citation.title}
              </Link>{' '}
              <q className="italic">{citation.quote}</q>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
