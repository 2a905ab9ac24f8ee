import type { IncidentId, TimelineEntry } from '@heliosiq/model';
import { useState } from 'react';
import { pageClient } from '../app/session.ts';
import { SourceLink } from '../app/source-link.tsx';
import { readable } from '../words/sentences.ts';
import { clock } from '../words/times.ts';
import { useNow } from '../words/use-now.ts';
import { NoteForm } from './note-form.tsx';
import { groupEntries } from './timeline-groups.ts';
import type { TimelineGroup } from './timeline-groups.ts';

const groupsShown = 12;
const pageSize = 500;

export interface TimelineProps {
  readonly incidentId: IncidentId;
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[];
  /** How many lines there are; those before `entries` are read when asked for. */
  readonly count: number;
}

/** The incident's story, newest last; of a long one the earlier lines wait behind a button. */
export function Timeline({ incidentId, entries, count }: TimelineProps) {
  const [isWhole, setWhole] = useState(false);
  const [earlier, setEarlier] = useState<readonly TimelineEntry[]>([]);
  const [fault, setFault] = useState<string>();
  const now = useNow();
  const known = new Set(entries.map(({ id }) => id));
  const lines = [...earlier.filter(({ id }) => !known.has(id)), ...entries];
  const groups = groupEntries(lines);
  const readEarlier = async (): Promise<void> => {
    try {
      const query = { limit: String(pageSize), skip: String(lines.length) };
      const page = await pageClient().call('listIncidentTimeline', { params: { id: incidentId }, query });
      setEarlier([...page.timeline, ...earlier]);
    } catch (error) {
      setFault(error instanceof Error ? error.message : 'it could not be read');
    }
  };
  const shown = isWhole ? groups : groups.slice(-groupsShown);
  return (
    <section aria-label="Timeline" className="card grid gap-3">
      <h2 className="font-semibold">Timeline</h2>
      {!isWhole && (shown.length < groups.length || lines.length < count) && (
        <button className="quiet-button text-sm" onClick={() => setWhole(true)}>
          Show {groups.length - shown.length + Math.max(0, count - lines.length)} earlier lines
        </button>
      )}
      {isWhole && lines.length < count && (
        <button className="quiet-button text-sm" onClick={() => void readEarlier()}>
          Read {Math.min(pageSize, count - lines.length)} of {count - lines.length} earlier lines
        </button>
      )}
      {fault !== undefined && (
        <p role="alert" className="text-sm text-critical">
          That did not work: {fault}.
        </p>
      )}
      <ol className="grid gap-2.5 text-sm">
        {shown.map((group) => (
          <li key={group.id} className="grid grid-cols-[4.75rem_1rem_1fr] gap-2">
            <time dateTime={new Date(group.at).toISOString()} className="text-soft tabular-nums">
              {clock(group.at, now)}
            </time>
            <KindSign kind={group.entries[0].kind} />
            <GroupLine group={group} />
          </li>
        ))}
      </ol>
      <NoteForm incidentId={incidentId} />
    </section>
  );
}

function GroupLine({ group: { words, entries } }: { readonly group: TimelineGroup }) {
  if (entries.length === 1) return <EntryLine entry={entries[0]} />;
  return (
    <details className="min-w-0">
      <summary className="cursor-pointer hover:underline">{words}</summary>
      <ul className="mt-1.5 grid gap-1.5 border-l-2 border-line pl-2.5">
        {entries.map((entry) => (
          <li key={entry.id}>
            <EntryLine entry={entry} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function EntryLine({ entry: { text, url, actor, kind, reason } }: { readonly entry: TimelineEntry }) {
  const words = readable(text);
  return (
    <span className={`min-w-0 wrap-anywhere ${kind === 'diagnosis-made' ? 'line-clamp-3' : ''}`}>
      {url === undefined || kind === 'diagnosis-made' ? (
        words
      ) : (
        <SourceLink url={url} className="decoration-soft underline-offset-4 hover:underline">
          {words}
        </SourceLink>
      )}
      {reason !== undefined && <span className="text-soft"> {reason}</span>}
      {kind === 'comment-added' && actor !== undefined && <span className="text-soft"> {actor}</span>}
    </span>
  );
}

const signs: Readonly<Partial<Record<TimelineEntry['kind'], readonly [string, string]>>> = {
  'anomaly-joined': ['▲', 'text-critical'],
  'alert-joined': ['▲', 'text-critical'],
  'anomaly-closed': ['✓', 'text-good'],
  'alert-resolved': ['✓', 'text-good'],
  'incident-resolved': ['✓', 'text-good'],
  'incident-opened': ['●', 'text-critical'],
  'incident-reopened': ['●', 'text-critical'],
  'incident-acknowledged': ['◐', 'text-accent'],
  'incident-mitigated': ['◑', 'text-medium'],
  'incident-merged': ['⇉', 'text-accent'],
  'incident-split': ['⇇', 'text-accent'],
  'diagnosis-made': ['★', 'text-accent'],
  'notification-failed': ['!', 'text-critical'],
};

function KindSign({ kind }: { readonly kind: TimelineEntry['kind'] }) {
  const [sign, color] = signs[kind] ?? ['·', 'text-soft'];
  return (
    <span aria-hidden className={`text-center text-xs/5 ${color}`}>
      {sign}
    </span>
  );
}
