import type { AssetId, Incident, IncidentAlert } from '@heliosiq/model';
import { useState } from 'react';
import { pageClient } from '../app/session.ts';
import { readable } from '../words/sentences.ts';
import { clock } from '../words/times.ts';
import { useNow } from '../words/use-now.ts';
import { RegroupForm } from './regroup-form.tsx';

const assetsShown = 30;
const pageSize = 100;

export interface MemberListProps {
  readonly incident: Incident;
  /** The first member alerts. */
  readonly alerts: readonly IncidentAlert[];
  /** How many there are. */
  readonly alertsCount: number;
}

/** Affected assets and alerts of an incident, and the way to say that some of them are of other trouble. */
export function MemberList({ incident, alerts, alertsCount }: MemberListProps) {
  const [chosen, setChosen] = useState<ReadonlySet<AssetId>>(new Set());
  const toggle = (asset: AssetId): void => {
    const next = new Set(chosen);
    if (!next.delete(asset)) next.add(asset);
    setChosen(next);
  };
  const more = incident.assets.length - assetsShown;
  return (
    <section aria-label="Members" className="card grid gap-3 text-sm">
      <h2 className="text-base font-semibold">Members</h2>
      <ul className="flex flex-wrap gap-x-4 gap-y-1">
        {incident.assets.slice(0, assetsShown).map((asset) => (
          <li key={asset}>
            <label className="flex items-center gap-1.5 wrap-anywhere">
              <input type="checkbox" checked={chosen.has(asset)} onChange={() => toggle(asset)} />
              {asset}
            </label>
          </li>
        ))}
        {more > 0 && <li className="text-soft">and {more} more</li>}
      </ul>
      <RegroupForm incident={incident} chosen={[...chosen]} onDone={() => setChosen(new Set())} />
      {alertsCount > 0 && <AlertRows incident={incident} first={alerts} count={alertsCount} />}
    </section>
  );
}

interface AlertRowsProps {
  readonly incident: Incident;
  readonly first: readonly IncidentAlert[];
  readonly count: number;
}

function AlertRows({ incident, first, count }: AlertRowsProps) {
  const now = useNow();
  const [further, setFurther] = useState<readonly IncidentAlert[]>([]);
  const [fault, setFault] = useState<string>();
  const shown = [
    ...first,
    ...further.filter(({ fingerprint }) => first.every((alert) => alert.fingerprint !== fingerprint)),
  ];
  const load = async (): Promise<void> => {
    const after = shown.at(-1)?.fingerprint;
    try {
      const query = { limit: String(pageSize), ...(after === undefined ? {} : { after }) };
      const page = await pageClient().call('listIncidentAlerts', { params: { id: incident.id }, query });
      setFurther([...further, ...page.alerts]);
    } catch (error) {
      setFault(error instanceof Error ? error.message : 'it could not be read');
    }
  };
  return (
    <details>
      <summary className="cursor-pointer hover:underline">
        {count} alert{count === 1 ? '' : 's'} of other systems
      </summary>
      <ul className="mt-1.5 grid gap-1.5 border-l-2 border-line pl-2.5">
        {shown.map(({ fingerprint, asset, title, severity, firing, occurrences, lastAt, reason }) => (
          <li key={fingerprint} className="min-w-0 wrap-anywhere">
            <span className={firing ? 'font-medium' : 'text-soft'}>{readable(title)}</span>{' '}
            <span className="text-soft">
              {asset}, {severity}, {firing ? 'fires' : 'over'}, {occurrences}×, {clock(lastAt, now)}
              {reason === undefined ? '' : `: ${reason}`}
            </span>
          </li>
        ))}
      </ul>
      {shown.length < count && (
        <button className="quiet-button mt-2 text-sm" onClick={() => void load()}>
          Show {Math.min(pageSize, count - shown.length)} more
        </button>
      )}
      {fault !== undefined && (
        <p role="alert" className="text-critical">
          That did not work: {fault}.
        </p>
      )}
    </details>
  );
}
