import { zoneWord } from '../words/times.ts';

/** What the lines and colours of the charts mean, and the zone of their times. */
export function ChartKey({ withBand = true }: { readonly withBand?: boolean }) {
  return (
    <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-soft">
      <span className="flex items-center gap-1.5">
        <span aria-hidden className="h-0.5 w-4 bg-link" /> measured
      </span>
      {withBand && (
        <span className="flex items-center gap-1.5">
          <span aria-hidden className="h-3 w-4 bg-good/30" /> expected
        </span>
      )}
      <span className="flex items-center gap-1.5">
        <span aria-hidden className="size-2 rounded-full bg-critical" /> {withBand ? 'anomaly' : 'since the change'}
      </span>
      <span>times in {zoneWord(Date.now())}</span>
    </p>
  );
}
