import { HeliosError } from '@heliosiq/model';

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds since the epoch of an ISO 8601 time with a zone, or of a duration back from now such as `24h`. */
export function momentOption(text: string, flag: string): number {
  const back = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text);
  const unitMs = unitsMs[back?.[2] ?? ''];
  if (back !== null && unitMs !== undefined) return Math.floor(Date.now() - Number(back[1]) * unitMs);
  const at = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new HeliosError('invalid-request', `${flag} is no time: ${text}`, {
    cure: 'give a duration such as 24h or 7d, or ISO 8601 with a zone such as 2026-01-31T12:00:00Z',
  });
}
