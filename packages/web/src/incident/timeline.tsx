import type { TimelineEntry } from '@heliosiq/model';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { pagePathOf } from '../app/page-path.ts';
import { clock } from '../words/times.ts';

const entriesShown = 12;

/** The incident's story, newest last; a long one shows its latest lines first. */
export function Timeline({ entries }: { readonly entries: readonly TimelineEntry[] }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? entries : entries.slice(-entriesShown);
  const now = Date.now();
  return (
    <section aria-label="Timeline" className="card grid gap-3">
      <h2 className="font-semibold">Timeline</h2>
      {shown.length < entries.length && (
        <button className="quiet-button text-sm" onClick={() => setWhole(true)}>
          {entries.length - shown.length} earlier lines
        </button>
      )}
      <ol className="grid gap-2 text-sm">
        {shown.map((entry) => (
          <li key={entry.id} className="grid grid-cols-[6.5rem_1fr] gap-2">
            <time dateTime={new Date(entry.at).toISOString()} className="text-soft tabular-nums">
              {clock(entry.at, now)}
            </time>
            {entry.url === undefined ? (
              <span className="wrap-anywhere">{entry.text}</span>
            ) : (
              <Link to={pagePathOf(entry.url)} className="hover:underline wrap-anywhere">
                {entry.text}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
