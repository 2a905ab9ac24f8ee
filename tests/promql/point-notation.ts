/** A point of a series: a value, a staleness marker, or none. */
export type Point = number | 'stale' | undefined;

/**
 * Points as Prometheus' unit tests write them (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series):
 * `1 _ 3`, `0+10x5` for six values from 0 in steps of 10, `7x2` for three sevens, `_x3`, `stale`.
 */
export function pointsOf(notation: string): readonly Point[] {
  return notation
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
    .flatMap(pointsOfWord);
}

function pointsOfWord(word: string): readonly Point[] {
  if (word === 'stale') return ['stale'];
  const gap = /^_(?:x(\d+))?$/.exec(word);
  if (gap !== null) return new Array<Point>(Number(gap[1] ?? 1)).fill(undefined);
  const [, first = '', change = '0', times] = /^(.+?)(?:([+-][^x+-]+(?:e[+-]?\d+)?))?(?:x(\d+))?$/i.exec(word) ?? [];
  if (times === undefined) return [numberOf(word)];
  return Array.from({ length: Number(times) + 1 }, (_, index) => numberOf(first) + numberOf(change) * index);
}

/** A number as PromQL writes it. */
export function numberOf(text: string): number {
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`${text} is no number`);
  return value;
}
