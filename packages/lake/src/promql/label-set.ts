/**
 * Labels as one flat list of names and values, ascending by name, without empty values: small, and equal sets are equal
 * lists. The metric is the label `__name__`.
 */
export type LabelSet = readonly string[];

export const metricLabel = '__name__';

export const noLabels: LabelSet = [];

export function labelSetOf(labels: Readonly<Record<string, string>>): LabelSet {
  return Object.keys(labels)
    .sort()
    .flatMap((name) => {
      const value = labels[name] ?? '';
      return value === '' ? [] : [name, value];
    });
}

/** As a record, for JSON. */
export function recordOf(labels: LabelSet): Readonly<Record<string, string>> {
  return Object.fromEntries(pairsOf(labels));
}

/** A text that is the same for equal sets and for no others. */
export function keyOf(labels: LabelSet): string {
  return JSON.stringify(labels);
}

/** The value of a label; empty where there is none. */
export function valueUnder(labels: LabelSet, name: string): string {
  for (let index = 0; index < labels.length; index += 2) {
    if (labels[index] === name) return labels[index + 1] ?? '';
  }
  return '';
}

export function withoutLabels(labels: LabelSet, names: ReadonlySet<string>): LabelSet {
  return filtered(labels, (name) => !names.has(name));
}

export function onlyLabels(labels: LabelSet, names: ReadonlySet<string>): LabelSet {
  return filtered(labels, (name) => names.has(name));
}

const metricAlone: ReadonlySet<string> = new Set([metricLabel]);

export function withoutMetric(labels: LabelSet): LabelSet {
  return valueUnder(labels, metricLabel) === '' ? labels : withoutLabels(labels, metricAlone);
}

/** With a label of a value; an empty value takes it away. */
export function withLabel(labels: LabelSet, name: string, value: string): LabelSet {
  const result: string[] = [];
  let isPlaced = value === '';
  for (let index = 0; index < labels.length; index += 2) {
    const known = labels[index] ?? '';
    if (!isPlaced && known >= name) {
      result.push(name, value);
      isPlaced = true;
    }
    if (known !== name) result.push(known, labels[index + 1] ?? '');
  }
  if (!isPlaced) result.push(name, value);
  return result;
}

/** In the order in which Prometheus sorts series: by the first name or value that differs, then the shorter one. */
export function compareLabelSets(a: LabelSet, b: LabelSet): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left = '', right = ''] = [a[index], b[index]];
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

/** As Prometheus writes a series, e.g. `up{job="api"}`. */
export function textOfLabels(labels: LabelSet): string {
  const pairs = pairsOf(withoutMetric(labels)).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${valueUnder(labels, metricLabel)}{${pairs.join(', ')}}`;
}

function pairsOf(labels: LabelSet): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let index = 0; index < labels.length; index += 2) pairs.push([labels[index] ?? '', labels[index + 1] ?? '']);
  return pairs;
}

function filtered(labels: LabelSet, isKept: (name: string) => boolean): LabelSet {
  const result: string[] = [];
  for (let index = 0; index < labels.length; index += 2) {
    const name = labels[index] ?? '';
    if (isKept(name)) result.push(name, labels[index + 1] ?? '');
  }
  return result;
}
