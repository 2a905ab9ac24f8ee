import type { AlertRule } from './rule-group.ts';

/** The share of what went wrong over a window, as a question in PromQL, and what tells that there is data. */
export interface ErrorShare {
  /** The share in [0, 1] over a window such as `1h`; empty or NaN where nothing happened. */
  over(window: string): string;
  /** A question that has a result whenever there is data at all. */
  readonly presence: string;
}

/** An objective whose budget of errors can burn. */
export interface Objective {
  readonly slo: string;
  readonly service: string;
  /** What should go well, in (0, 1), e.g. 0.999. */
  readonly target: number;
  /** Days of the budget. */
  readonly days: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A pair of windows: the long one says that it matters, the short one that it goes on. */
interface BurnWindows {
  readonly rate: number;
  readonly long: string;
  readonly short: string;
  readonly longMinutes: number;
  readonly severity: 'critical' | 'high';
}

/**
 * Burns at 14.4 times the bearable rate use up 2% of a month's budget in an hour, at 6 times 5% in six hours: the multiwindow
 * alerts of the Site Reliability Workbook (https://sre.google/workbook/alerting-on-slos/), with a short window of 15 min for the second.
 */
const burnWindows: readonly BurnWindows[] = [
  { rate: 14.4, long: '1h', short: '5m', longMinutes: 60, severity: 'critical' },
  { rate: 6, long: '6h', short: '15m', longMinutes: 360, severity: 'high' },
];

/** The alerts of one objective; they stay silent until half of the long window has data. */
export function burnAlerts(share: ErrorShare, objective: Objective): readonly AlertRule[] {
  const { slo, service, target, days } = objective;
  const budget = Number((1 - target).toPrecision(12));
  return burnWindows.map(({ rate, long, short, longMinutes, severity }) => {
    const bar = Number((rate * budget).toPrecision(12));
    const halfFull = `count_over_time((${share.presence})[${long}:1m]) >= ${longMinutes / 2}`;
    return {
      kind: 'alert',
      name: `SLO burn: ${slo}`,
      query: `((${share.over(long)}) > ${bar}) and ((${share.over(short)}) > ${bar}) and (${halfFull})`,
      forMs: 0,
      keepFiringForMs: 0,
      labels: { ...objective.labels, asset: service, slo, severity, burn_rate: String(rate), window: long },
      annotations: {
        summary: `${slo}: the error budget of ${days} days burns more than ${rate} times too fast`,
        description:
          `{{ $value | humanizePercentage }} went wrong over the last ${long}; ${Number((budget * 100).toPrecision(6))}% is bearable. ` +
          `At ${rate} times that the budget of ${days} days lasts ${lastsFor(days / rate)}.`,
        ...objective.annotations,
      },
    };
  });
}

function lastsFor(days: number): string {
  const hours = Math.round(days * 24);
  return hours <= 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
