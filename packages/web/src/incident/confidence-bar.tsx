import { confidenceWord } from '../words/causes.ts';
import { percent } from '../words/numbers.ts';

/** A confidence as a bar, a percentage and a word. */
export function ConfidenceBar({ confidence }: { readonly confidence: number }) {
  return (
    <span className="inline-flex items-center gap-2 text-sm whitespace-nowrap text-soft tabular-nums">
      <meter className="confidence" min={0} max={1} value={confidence} aria-label="Confidence" />
      {percent(confidence)} · {confidenceWord(confidence)}
    </span>
  );
}
