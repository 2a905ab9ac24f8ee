const spans = ['1d', '7d', '4w'] as const;
const levels = ['lowest', 'low', 'normal', 'high', 'highest'] as const;

/** How far back, as in the address. */
export type Since = (typeof spans)[number];
/** Sensitivity of a trial run, as in the address. */
export type TrialLevel = (typeof levels)[number];

/** What the address of the detection page says. */
export interface DetectionSearch {
  readonly since?: Since;
  readonly level?: TrialLevel;
  readonly asset?: string;
}

export const sinceChoices: readonly Since[] = spans;
export const levelChoices: readonly TrialLevel[] = levels;

/** Reads the address; what it does not know is left out. */
export function parseDetectionSearch(search: Record<string, unknown>): DetectionSearch {
  const since = spans.find((one) => one === search['since']);
  const level = levels.find((one) => one === search['level']);
  const asset = search['asset'];
  return {
    ...(since === undefined ? {} : { since }),
    ...(level === undefined ? {} : { level }),
    ...(typeof asset === 'string' && asset !== '' ? { asset } : {}),
  };
}

const daysOf: Readonly<Record<Since, number>> = { '1d': 1, '7d': 7, '4w': 28 };

/** The range of a choice, up to a moment. */
export function rangeSince(since: Since, now: number): { readonly from: number; readonly to: number } {
  return { from: now - daysOf[since] * 86_400_000, to: now };
}
