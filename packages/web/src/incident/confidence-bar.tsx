import { percent } from '../words/numbers.ts';

/** A confidence as a bar and a percentage. */
export function ConfidenceBar({ confidence }: { readonly confidence: number }) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap text-sm tabular-nums text-soft">
      <meter className="confidence" min={0} max={1} value={confidence} aria-label="confidence" />
      {percent(confidence)}
    </span>
  );
}
