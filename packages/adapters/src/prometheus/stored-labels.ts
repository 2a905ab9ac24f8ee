import type { AssetId, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { escapedName, isPlainName, unescapedName } from './escaped-name.ts';

/** The labels of a series on the server, the metric as `__name__` among them. */
export type StoredLabels = Readonly<Record<string, string>>;

/** What a series is in the words of the model. */
export type SeriesWords = Pick<SeriesRef, 'asset' | 'metric' | 'labels'>;

/** Carries the asset of a series whose own labels do not say it. */
export const assetLabel = 'heliosiq_asset';
/** Carries the names of labels whose value is empty, comma-separated: a server drops such labels. */
const emptyLabel = 'heliosiq_empty';
export const nameLabel = '__name__';

/** How assets are named, and what is known of metrics; the same rules as at the doors, so that ids agree. */
export interface NamingRules {
  /** Labels that name an asset, the best first; `a/b` = both, joined by a slash. */
  readonly assetLabels: readonly string[];
  assetOf(labels: Readonly<Record<string, string>>): AssetId;
  /** The unit that a metric's name tells. */
  unitOf(metric: string): string | undefined;
}

/** Turns series into label sets of a server and back; what is written reads as the same series. */
export interface SeriesNaming {
  labelsOf(series: SeriesWords): StoredLabels;
  /** Also of a series that somebody else wrote; undefined for what has no name. */
  seriesOf(tenantId: TenantId, labels: StoredLabels): SeriesRef | undefined;
  /** The name under which a label is stored; undefined where a foreign server may know it under several. */
  storedName(label: string): string | undefined;
}

/**
 * A series that came by remote write is stored under exactly the labels that it was sent with. Others keep theirs, and get
 * `heliosiq_asset` where no label names the asset. `outerLabels` are put on every series and are no part of it; a label of
 * the same name, like one that a server would not take, is stored under an escaped name.
 */
export function createSeriesNaming(rules: NamingRules, outerLabels: StoredLabels): SeriesNaming {
  const reserved = new Set([nameLabel, assetLabel, emptyLabel, ...Object.keys(outerLabels)]);

  function ownName(label: string): string {
    return isPlainName(label, 'label') && !reserved.has(label) ? label : escapedName(label);
  }

  return {
    labelsOf({ asset, metric, labels }) {
      const stored: Record<string, string> = { [nameLabel]: storedMetric(metric) };
      const empty: string[] = [];
      for (const [name, value] of Object.entries(labels)) {
        if (value === '') empty.push(ownName(name));
        else stored[ownName(name)] = value;
      }
      if (empty.length > 0) stored[emptyLabel] = empty.sort().join(',');
      if (rules.assetOf(labels) !== asset) stored[assetLabel] = asset;
      return { ...stored, ...outerLabels };
    },

    seriesOf(tenantId, stored) {
      const name = stored[nameLabel];
      if (name === undefined || name === '') return undefined;
      const metric = unescapedName(name);
      const own = Object.entries(stored)
        .filter(([label]) => !reserved.has(label))
        .map(([label, value]) => [unescapedName(label), value] as const);
      const empty = stored[emptyLabel]?.split(',').map((label) => [unescapedName(label), ''] as const) ?? [];
      const labels = Object.fromEntries([...own, ...empty]);
      // The cast holds: the label was written with the asset of a series.
      const asset = (stored[assetLabel] as AssetId | undefined) ?? rules.assetOf(labels);
      const unit = rules.unitOf(metric);
      const words = { asset, metric, labels };
      return { id: seriesIdOf(tenantId, words), ...words, ...(unit === undefined ? {} : { unit }) };
    },

    storedName(label) {
      if (reserved.has(label)) return escapedName(label);
      return isPlainName(label, 'label') ? label : undefined;
    },
  };
}

/** The name under which a metric is stored. */
export function storedMetric(metric: string): string {
  return isPlainName(metric, 'metric') ? metric : escapedName(metric);
}
