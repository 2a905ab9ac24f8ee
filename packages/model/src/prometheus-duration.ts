const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

const duration = /^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;

/**
 * A duration as Prometheus writes it, in milliseconds: parts such as `1h30m` in descending units, or plain `0`; NaN for
 * anything else (https://prometheus.io/docs/prometheus/latest/configuration/configuration/).
 */
export function durationMsOf(text: string): number {
  if (text === '0') return 0;
  if (text === '' || !duration.test(text)) return Number.NaN;
  let durationMs = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    durationMs += Number(count) * (unitsMs[unit] ?? Number.NaN);
  }
  return durationMs;
}
