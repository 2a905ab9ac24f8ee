import type { SeriesFilter } from '@heliosiq/ports';
import { oneOf } from './selector.ts';
import type { Matcher, Selector } from './selector.ts';
import { assetLabel, nameLabel, storedMetric } from './stored-labels.ts';
import type { NamingRules, SeriesNaming, StoredLabels } from './stored-labels.ts';

/** What turns filters into selectors. */
export interface QuestionContext {
  readonly naming: SeriesNaming;
  readonly rules: NamingRules;
  readonly outerLabels: StoredLabels;
}

/**
 * Selectors that together match at least what a filter means, ids aside: what they cannot say, such as labels whose names
 * need quotes, is for whoever reads the answer.
 */
export function questionSelectors(filter: SeriesFilter, { naming, rules, outerLabels }: QuestionContext): Selector[] {
  const everywhere: Matcher[] = [
    ...Object.entries(outerLabels).map(([label, value]) => oneOf(label, [value])),
    filter.metric === undefined
      ? { label: nameLabel, operator: '!=', value: '' }
      : oneOf(nameLabel, [filter.metric, storedMetric(filter.metric)]),
    ...Object.entries(filter.labels ?? {}).flatMap(([label, value]) => {
      const name = naming.storedName(label);
      return name === undefined || value === '' ? [] : [oneOf(name, [value])];
    }),
  ];
  if (filter.assets === undefined) return [everywhere];
  return assetSelectors(filter.assets, rules).map((matchers) => [...everywhere, ...matchers]);
}

/** One selector for each way in which labels may name one of the assets. */
function assetSelectors(assets: readonly string[], { assetLabels, assetOf }: NamingRules): Selector[] {
  if (assets.length === 0) return [];
  const selectors: Selector[] = [[oneOf(assetLabel, assets)]];
  for (const rule of assetLabels) {
    const labels = rule.split('/');
    const choices = assets.flatMap((asset) => splits(asset, labels.length));
    if (choices.length === 0) continue;
    selectors.push(
      labels.map((label, place) =>
        oneOf(
          label,
          choices.map((parts) => parts[place] ?? ''),
        ),
      ),
    );
  }
  if (assets.includes(assetOf({}))) {
    // What has none of the labels.
    const single = assetLabels.filter((rule) => !rule.includes('/'));
    selectors.push([assetLabel, ...single].map((label) => oneOf(label, [''])));
  }
  return selectors;
}

/** All ways to read a text as so many parts joined by slashes, none of them empty. */
function splits(text: string, parts: number): string[][] {
  if (parts === 1) return text === '' ? [] : [[text]];
  const found: string[][] = [];
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at + 1)) {
    const first = text.slice(0, at);
    if (first !== '') found.push(...splits(text.slice(at + 1), parts - 1).map((rest) => [first, ...rest]));
  }
  return found;
}
