import type { Citation, FoundPassage } from '@heliosiq/model';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { apiQuery } from '../app/queries.ts';
import { SourceLink } from '../app/source-link.tsx';
import { DocumentText } from '../knowledge/document-text.tsx';

const passagesLooked = '20';
const remedyHeading = /\b(?:fix|remed|mitigat|resol|repair|recover|what to do|next steps?|actions?|response)/i;
const checkHeading = /\b(?:check|diagnos|investigat|verif|confirm)/i;

export interface AdviceCardProps {
  /** What the investigation found in the runbooks; searched for now where it found nothing. */
  readonly cited: readonly Citation[];
  readonly query: string;
}

/** What the runbook that fits best says to do, with the way to it. */
export function AdviceCard({ cited, query }: AdviceCardProps) {
  const [first, ...others] = cited;
  if (first === undefined) return <SearchedAdvice query={query} />;
  return (
    <section aria-label="What to do" className="card grid content-start gap-3">
      <h2 className="font-semibold">What to do</h2>
      <p className="text-sm text-soft">
        From the runbook{' '}
        <SourceLink url={first.url} className="text-link underline">
          {first.title}
        </SourceLink>
      </p>
      <div className="text-sm">
        <DocumentText text={first.quote} />
      </div>
      {others.map(({ n, title, url }) => (
        <p key={n} className="text-sm">
          <SourceLink url={url} className="text-link underline">
            {title.split(' > ').at(-1)}
          </SourceLink>
        </p>
      ))}
    </section>
  );
}

function SearchedAdvice({ query }: { readonly query: string }) {
  const found = useQuery({
    ...apiQuery('search', { query: { q: query.slice(0, 1000), limit: passagesLooked } }),
    staleTime: 60_000,
  });
  return (
    <section aria-label="What to do" className="card grid content-start gap-3" aria-busy={found.isPending}>
      <h2 className="font-semibold">What to do</h2>
      {found.isPending && <div className="h-48 animate-pulse rounded-lg bg-raised" />}
      {found.isError && <p role="alert">The runbooks could not be searched: {found.error.message}.</p>}
      {found.data !== undefined && <Advice passages={found.data.passages} />}
    </section>
  );
}

function Advice({ passages }: { readonly passages: readonly FoundPassage[] }) {
  const [best] = passages;
  if (best === undefined) {
    return (
      <p className="text-soft">
        No runbook fits. Add yours with <code>heliosiq knowledge add</code>; it is found here next time.
      </p>
    );
  }
  const inDocument = passages.filter(({ passage }) => passage.documentId === best.passage.documentId);
  const under = (heading: RegExp): FoundPassage | undefined =>
    inDocument.find(({ passage }) => heading.test(passage.headings.at(-1) ?? ''));
  const shown = under(remedyHeading) ?? under(checkHeading) ?? best;
  const check = under(checkHeading);
  return (
    <>
      <p className="text-sm text-soft">
        From the runbook <PassageLink found={shown} words={shown.title} />
      </p>
      <div className="text-sm">
        <DocumentText text={shown.passage.text} />
      </div>
      {check !== undefined && check !== shown && (
        <p className="text-sm">
          <PassageLink found={check} words={check.passage.headings.at(-1) ?? check.title} />
        </p>
      )}
    </>
  );
}

function PassageLink({ found: { passage }, words }: { readonly found: FoundPassage; readonly words: string }) {
  return (
    <Link to="/documents/$id" params={{ id: passage.documentId }} search={passage.span} className="text-link underline">
      {words}
    </Link>
  );
}
