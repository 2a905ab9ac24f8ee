import type { Diagnosis } from '@heliosiq/model';
import { useQuery } from '@tanstack/react-query';
import { apiQuery } from '../app/queries.ts';
import { AssetName } from '../words/asset-name.tsx';
import { clock, span } from '../words/times.ts';

const backMs = 6 * 3_600_000;
const changesMax = 8;

export interface ChangeListProps {
  readonly diagnosis: Diagnosis;
  readonly assets: readonly string[];
}

/** What people and machines changed in the six hours before the trouble, the nearest first: those of what it concerns, then others. */
export function ChangeList({ diagnosis, assets }: ChangeListProps) {
  const { faultFrom, faultTo } = diagnosis.window;
  const found = useQuery(
    apiQuery('findSignals', {
      query: {
        kind: 'change',
        from: String(Math.floor(faultFrom - backMs)),
        to: String(Math.ceil(faultTo)),
        limit: '200',
      },
    }),
  );
  if (found.data === undefined) return null;
  const concerned = new Set([...assets, ...diagnosis.hypotheses.map(({ asset }) => asset)]);
  const changes = found.data.signals
    .flatMap((signal) => (signal.kind === 'change' ? [signal] : []))
    .toSorted(
      (a, b) =>
        Number(concerned.has(b.asset)) - Number(concerned.has(a.asset)) ||
        Math.abs(a.at - faultFrom) - Math.abs(b.at - faultFrom),
    )
    .slice(0, changesMax);
  return (
    <section aria-label="Changes" className="card grid content-start gap-2">
      <h2 className="font-semibold">What was changed before</h2>
      {changes.length === 0 ? (
        <p className="text-sm text-soft">No deploy, setting or scaling is recorded in the six hours before it.</p>
      ) : (
        <ul className="grid gap-1.5 text-sm">
          {changes.map(({ id, asset, at, change, title, actor }) => (
            <li key={`${id} ${at}`} className="grid gap-0.5">
              <span className="wrap-anywhere">
                <AssetName name={asset} className="font-medium" /> {title}
              </span>
              <span className="text-xs text-soft tabular-nums">
                {change} at {clock(at, Date.now())}, {whenWords(at, faultFrom)}
                {actor === undefined ? '' : `, by ${actor}`}
                {concerned.has(asset) ? '' : ' · not known to be concerned'}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function whenWords(at: number, faultFrom: number): string {
  return at <= faultFrom ? `${span(faultFrom - at)} before it began` : `${span(at - faultFrom)} after it began`;
}
