import type { Evidence } from '@heliosiq/model';
import { SourceLink } from '../app/source-link.tsx';
import { readable, withoutSubject } from '../words/sentences.ts';

export interface EvidenceListProps {
  readonly evidence: readonly Evidence[];
  /** The asset that stands above the list. */
  readonly subject: string;
}

/** What speaks for and against a cause; each line leads to the data behind it. */
export function EvidenceList({ evidence, subject }: EvidenceListProps) {
  if (evidence.length === 0) return null;
  return (
    <ul aria-label="Evidence" className="grid gap-1 text-sm">
      {evidence.map((item) => (
        <li key={item.id} className="grid grid-cols-[1rem_1fr] gap-1.5">
          <DirectionSign direction={item.direction} />
          <SourceLink
            url={item.url}
            className="decoration-soft underline-offset-4 first-letter:uppercase hover:underline wrap-anywhere"
          >
            {withoutSubject(readable(item.text), subject)}
          </SourceLink>
        </li>
      ))}
    </ul>
  );
}

function DirectionSign({ direction }: { readonly direction: Evidence['direction'] }) {
  const isFor = direction === 'for';
  return (
    <span className={`font-mono font-semibold ${isFor ? 'text-good' : 'text-critical'}`}>
      <span className="sr-only">{isFor ? 'Speaks for it:' : 'Speaks against it:'}</span>
      <span aria-hidden>{isFor ? '+' : '−'}</span>
    </span>
  );
}
