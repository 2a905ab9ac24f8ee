import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { apiQuery } from '../app/queries.ts';

/** The passage of the knowledge that fits best, with the way to its document. */
export function RunbookCard({ query }: { readonly query: string }) {
  const found = useQuery(apiQuery('search', { query: { q: query.slice(0, 1000), limit: '1' } }));
  const best = found.data?.passages[0];
  if (best === undefined) return null;
  return (
    <section aria-label="Runbook" className="card grid gap-2">
      <h2 className="font-semibold">From the runbook</h2>
      <Link
        to="/documents/$id"
        params={{ id: best.passage.documentId }}
        search={best.passage.span}
        className="text-link underline"
      >
        {best.title}: {best.passage.headings.at(-1)}
      </Link>
      <p className="line-clamp-[14] text-sm whitespace-pre-wrap">{best.passage.text}</p>
    </section>
  );
}
