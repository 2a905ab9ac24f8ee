/** A stretch of time that several drawings share, so that what happened at once stands under one another. Milliseconds. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** Size of a drawing in its own units. */
export interface StripSize {
  readonly width: number;
  readonly height: number;
}

/** Of the fault's length, so much is shown before it and after it. */
const SHOWN_BEFORE = 1.5;
const SHOWN_AFTER = 0.25;
const SHOWN_MIN_MS = 10 * 60_000;

/** The fault with enough of the time before it to see what was normal. */
export function spanAround(fault: TimeSpan): TimeSpan {
  const lengthMs = Math.max(SHOWN_MIN_MS, fault.to - fault.from);
  return { from: fault.from - SHOWN_BEFORE * lengthMs, to: fault.to + SHOWN_AFTER * lengthMs };
}

/** Where a moment lies on a drawing, within its frame. */
export function placeOf(at: number, span: TimeSpan, width: number): number {
  const share = (at - span.from) / Math.max(1, span.to - span.from);
  return Math.min(1, Math.max(0, share)) * width;
}

/** The samples of a span as an SVG path from the least value at the bottom to the largest at the top; empty for fewer than two. */
export function linePath(
  samples: { readonly times: readonly number[]; readonly values: readonly number[] },
  span: TimeSpan,
  { width, height }: StripSize,
): string {
  const points = samples.times.flatMap((at, index) => {
    const value = samples.values[index];
    return at >= span.from && at <= span.to && value !== undefined && Number.isFinite(value) ? [{ at, value }] : [];
  });
  if (points.length < 2) return '';
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const place = (value: number): number =>
    high > low ? (1 - (value - low) / (high - low)) * (height - 4) + 2 : height / 2;
  return points
    .map(
      ({ at, value }, index) =>
        `${index === 0 ? 'M' : 'L'}${placeOf(at, span, width).toFixed(1)} ${place(value).toFixed(1)}`,
    )
    .join('');
}
