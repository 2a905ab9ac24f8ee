import { isPlainName } from './escaped-name.ts';
import type { StoredLabels } from './stored-labels.ts';

/** A condition on one label. */
export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~';
  readonly value: string;
}

/** Matchers that must all hold. */
export type Selector = readonly Matcher[];

/** A selector in PromQL; none of its labels has a name that would need quotes. */
export function selectorText(selector: Selector): string {
  return `{${selector.map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`).join(',')}}`;
}

/** Matches any of the values; the empty one stands for a label that is not there. */
export function oneOf(label: string, values: Iterable<string>): Matcher {
  const distinct = [...new Set(values)];
  const [only] = distinct;
  if (distinct.length === 1 && only !== undefined) return { label, operator: '=', value: only };
  return { label, operator: '=~', value: distinct.map(quotedForRegex).join('|') };
}

function quotedForRegex(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}

/** Of what a selector may match beside what is wanted, this many times as much at most. */
const excessMax = 2;

/**
 * Few selectors that match all of the label sets and not much else: those that differ in one label share a selector, and
 * labels that are combined freely are taken apart again.
 */
export function coveringSelectors(labelSets: readonly StoredLabels[]): Selector[] {
  // Older servers cannot be asked for labels whose names need quotes; whoever reads looks at all labels again.
  const labels = new Set(labelSets.flatMap((one) => Object.keys(one)).filter((label) => isPlainName(label, 'label')));
  return labelSets.length === 0 ? [] : selectorsOver([...labels], labelSets);
}

function selectorsOver(labels: readonly string[], labelSets: readonly StoredLabels[]): Selector[] {
  const choices = labels.map((label) => ({ label, values: new Set(labelSets.map((one) => one[label] ?? '')) }));
  const combinations = choices.reduce((product, { values }) => product * values.size, 1);
  if (combinations <= excessMax * labelSets.length) return [choices.map(({ label, values }) => oneOf(label, values))];
  const narrowest = choices
    .filter(({ values }) => values.size > 1)
    .reduce((best, one) => (one.values.size < best.values.size ? one : best));
  const parts = Map.groupBy(labelSets, (one) => one[narrowest.label] ?? '');
  return [...parts.values()].flatMap((part) => selectorsOver(labels, part));
}
