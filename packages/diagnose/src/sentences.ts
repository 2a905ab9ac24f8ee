import type { SeriesChange } from './change-strength.ts';
import type { FaultKind } from './diagnosis.ts';

/** A number for people: three significant digits, no exponent between a thousandth and a million. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
}

/** A share as a whole percentage. */
export function percentText(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** A series' name: the metric, and the statistic or labels that tell it from its siblings. */
export function seriesText(change: SeriesChange): string {
  const { metric, statistic, labels } = change.series;
  const rest =
    statistic ??
    Object.entries(labels ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join(', ');
  return rest === '' ? metric : `${metric} (${rest})`;
}

/** What one series did, e.g. `latency (Average) rose from 0.0057 s to 0.0339 s (45.2 robust standard deviations)`. */
export function changeText(change: SeriesChange): string {
  const name = seriesText(change);
  if (change.vanished) return `${name} fell silent`;
  if (change.appeared) return `${name} appeared, at ${numberText(change.after)}; it was never seen before`;
  const unit = change.series.unit === undefined ? '' : ` ${change.series.unit}`;
  const verb = change.deviation >= 0 ? 'rose' : 'fell';
  return `${name} ${verb} from ${numberText(change.before)}${unit} to ${numberText(change.after)}${unit} (${numberText(Math.abs(change.deviation))} robust standard deviations)`;
}

/** A list in words: `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[]): string {
  if (items.length <= 1) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

/** What a fault of one kind is called in a sentence. */
export const faultText: Readonly<Record<FaultKind, string>> = {
  latency: 'slowness',
  errors: 'errors',
  traffic: 'a change of traffic',
  cpu: 'processor load',
  memory: 'memory use',
  disk: 'disk load',
  network: 'network trouble',
  dependency: 'a dependency it has only just begun to use',
  config: 'a configuration change',
  deploy: 'a deploy',
  data: 'bad data',
  sensor: 'an unusual reading',
  unknown: 'an unusual reading',
};
