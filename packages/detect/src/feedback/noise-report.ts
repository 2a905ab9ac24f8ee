import type { Anomaly, AnomalyId } from '@heliosiq/model';
import type { NoiseReport, NoisySeries } from '@heliosiq/ports';

const minuteMs = 60_000;

/** Which series and detectors speak most often, with what would help. */
export function noiseReport(
  anomalies: readonly Anomaly[],
  dismissed: ReadonlySet<AnomalyId>,
  { limit, days, isCut }: { readonly limit: number; readonly days: number; readonly isCut: boolean },
): NoiseReport {
  const groups = Map.groupBy(anomalies, ({ series, detector }) => `${detector} ${series.id} ${series.metric}`);
  const series = [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .slice(0, limit)
    .flatMap((members) => {
      const [first] = members;
      return first === undefined ? [] : [noisy(first, members, { dismissed, total: anomalies.length, days })];
    });
  return { anomalies: anomalies.length, isCut, series };
}

function noisy(
  { series, detector }: Anomaly,
  members: readonly Anomaly[],
  of: { readonly dismissed: ReadonlySet<AnomalyId>; readonly total: number; readonly days: number },
): NoisySeries {
  const lengths = members
    .map(({ startedAt, endedAt, lastSeenAt }) => (endedAt ?? lastSeenAt) - startedAt)
    .sort((a, b) => a - b);
  const medianMs = lengths[Math.floor(lengths.length / 2)] ?? 0;
  const dismissed = members.filter(({ id }) => of.dismissed.has(id)).length;
  return {
    series,
    detector,
    anomalies: members.length,
    dismissed,
    share: members.length / of.total,
    medianMs,
    cure: cureOf(members, { medianMs, dismissed, weekly: (7 * members.length) / Math.max(1, of.days) }),
  };
}

/** Hours of the day in which nearly all members begin: a job, perhaps. */
const sameHoursMax = 2;
const sameHoursShare = 0.8;

function cureOf(
  members: readonly Anomaly[],
  { medianMs, dismissed, weekly }: { readonly medianMs: number; readonly dismissed: number; readonly weekly: number },
): string {
  const [first] = members;
  if (members.length < 3 || first === undefined) return 'Nothing: it is rare.';
  if (dismissed * 2 >= members.length) return 'People dismiss most of them: turn the sensitivity of this series down.';
  if (first.detector === 'silence') {
    return 'It comes and goes: see whether its sender is overloaded, or turn the sensitivity of "silence" down for it.';
  }
  const hours = Map.groupBy(members, ({ startedAt }) => new Date(startedAt).getUTCHours());
  const busiest = [...hours.entries()].sort((a, b) => b[1].length - a[1].length).slice(0, sameHoursMax);
  const inThem = busiest.reduce((sum, [, some]) => sum + some.length, 0);
  if (members.length >= 4 && inThem >= sameHoursShare * members.length) {
    const words = busiest.map(([hour]) => `${String(hour).padStart(2, '0')}:00`).join(' and ');
    return `Nearly all begin about ${words} UTC: if that is a job, dismiss one of them, and its like is not told again.`;
  }
  if (medianMs < 10 * minuteMs && weekly > 2) {
    return 'Short and frequent: turn the sensitivity of this series to low, or watch a mean over some minutes instead.';
  }
  return weekly > 2
    ? 'Turn the sensitivity of this series to low.'
    : 'Look at the last one: it may be worth a rule of its own.';
}
