import type { Incident, IncidentId, Silence } from '@heliosiq/model';
import { Link } from '@tanstack/react-router';
import { clock } from '../words/times.ts';
import { useNow } from '../words/use-now.ts';

export interface RelatedIncidentsProps {
  readonly incident: Incident;
  /** Silences that hold back its messages now. */
  readonly silences: readonly Silence[];
}

/** What an incident has to do with others, and why nobody is told of it. */
export function RelatedIncidents({ incident, silences }: RelatedIncidentsProps) {
  const now = useNow();
  const { mergedInto, symptomOf, recurrenceOf, splitFrom } = incident;
  const links: readonly (readonly [string, IncidentId | undefined])[] = [
    ['It turned out to be one with another and goes on there.', mergedInto],
    ['It is likely a symptom of another incident.', symptomOf],
    ['The same trouble was here before.', recurrenceOf],
    ['Its first members were taken out of another incident.', splitFrom],
  ];
  const known = links.flatMap(([words, id]) => (id === undefined ? [] : [[words, id] as const]));
  if (known.length === 0 && silences.length === 0) return null;
  return (
    <ul aria-label="Links" className="card grid gap-1.5 text-sm">
      {known.map(([words, id]) => (
        <li key={words}>
          <Link to="/incidents/$id" params={{ id }} className="underline decoration-soft underline-offset-4">
            {words}
          </Link>
        </li>
      ))}
      {silences.map(({ id, kind, author, reason, endsAt }) => (
        <li key={id}>
          Nobody is told until {clock(endsAt, now)}: {kind} by {author}, “{reason}”.{' '}
          <Link to="/quiet" className="underline decoration-soft underline-offset-4">
            Silences
          </Link>
        </li>
      ))}
    </ul>
  );
}
