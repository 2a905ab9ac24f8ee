import type { TenantId } from '@heliosiq/model';
import { storableText } from '@heliosiq/model/storable-text.ts';
import { newSeriesEntry } from '../intake/series-book.ts';
import type { SeriesEntry } from '../intake/series-book.ts';
import { readAttributes } from './attribute-set.ts';
import type { AttributeSet } from './attribute-set.ts';
import { attributeText } from './attribute-value.ts';
import type { Attributes } from './attribute-value.ts';
import { boundedText, labelNameLengthMax, labelsMax, labelValueLengthMax } from './label-limits.ts';
import type { Metric, Origin } from './metric-form.ts';
import { boundText, prometheusLabelName, prometheusMetricName } from './prometheus-names.ts';
import { createRecentMap } from './recent-map.ts';
import { assetOfAttributes, labelsOfResource } from './resource-identity.ts';

const metricLengthMax = 300;
const unitLengthMax = 32;
/** What is put behind a metric's name at most, e.g. `_bucket_delta`. */
const suffixLengthMax = 20;

/** A part of a point that is a series: the bucket of an upper bound, or a suffix such as `_sum`. */
export type Member = number | '' | '_sum' | '_count' | { readonly quantile: number };

/** The series of all points that share metric and attributes. Kept small: there is one for each of them in memory. */
export interface PointSeries {
  readonly origin: KnownOrigin;
  readonly metric: KnownMetric;
  /** Its key in the table: the number of the metric, a space, the key of the attributes. */
  readonly key: string;
  readonly encoding: AttributeSet['encoding'];
  /** Start of the last cumulative point that was stored, milliseconds since the epoch; 0 before the first. */
  startMs: number;
  /** The one series of a plain number; those of the parts of all else, by their key. */
  plain: SeriesEntry | undefined;
  members: Map<number | string, SeriesEntry> | undefined;
}

export interface PointSeriesOptions {
  /** Attribute sets to remember. */
  readonly seriesMax: number;
  readonly assetRules: readonly string[];
  readonly resourceLabels: readonly string[];
}

/** Finds the series of a metric's points; text says why a set of attributes cannot be a series. */
export type PointSeriesOfMetric = (attributes: AttributeSet) => PointSeries | string;

/** What follows from a resource and a scope. */
export interface KnownOrigin {
  readonly number: number;
  readonly resource: Attributes;
  readonly labels: Readonly<Record<string, string>>;
}

/** What follows from a metric of an origin. */
export interface KnownMetric {
  readonly number: number;
  readonly name: string;
  /** Behind every name of the metric: `_delta` where points count since the point before. */
  readonly ending: string;
  readonly unit: string | undefined;
}

/**
 * Remembers what follows from origins, metrics and attribute sets. Each gets a number, so that a point is found by one
 * look-up under its metric's number and the bytes of its attributes, without reading them.
 */
export function createPointSeriesTable({ seriesMax, assetRules, resourceLabels }: PointSeriesOptions) {
  const origins = createRecentMap<KnownOrigin>(Math.max(1000, seriesMax / 20));
  const metrics = createRecentMap<KnownMetric>(seriesMax);
  const points = createRecentMap<PointSeries | string>(seriesMax);
  let lastNumber = 0;

  function originOf(tenantId: TenantId, { resource, scopeName }: Origin): KnownOrigin {
    const key = `${tenantId} ${scopeName.length} ${scopeName}${resource.key}`;
    const known = origins.get(key);
    if (known !== undefined) return known;
    const attributes = readAttributes(resource);
    const labels = labelsOfResource(attributes, resourceLabels);
    if (scopeName !== '') labels['otel_scope_name'] = boundedText(scopeName, labelValueLengthMax);
    const origin = { number: ++lastNumber, resource: attributes, labels };
    origins.set(key, origin);
    return origin;
  }

  function metricOf(origin: KnownOrigin, metric: Metric): KnownMetric {
    const isDelta = 'temporality' in metric && metric.temporality === 'delta';
    const isCounter = metric.kind === 'sum' && metric.isMonotonic && !isDelta;
    const kind = isCounter ? 'counter' : metric.kind === 'gauge' ? 'gauge' : 'other';
    const key = `${origin.number} ${kind}${isDelta ? ' delta ' : ' '}${metric.unit.length} ${metric.unit}${metric.name}`;
    const known = metrics.get(key);
    if (known !== undefined) return known;
    const named = {
      number: ++lastNumber,
      name: prometheusMetricName(storableText(metric.name), storableText(metric.unit), kind),
      ending: isDelta ? '_delta' : '',
      unit: metric.unit === '' ? undefined : boundedText(metric.unit, unitLengthMax),
    };
    metrics.set(key, named);
    return named;
  }

  function newEntry(tenantId: TenantId, { origin, metric, key, encoding }: PointSeries, member: Member): SeriesEntry {
    const read = readAttributes({ key: key.slice(key.indexOf(' ') + 1), encoding });
    const isBucket = typeof member === 'number';
    const suffix = isBucket ? '_bucket' : typeof member === 'string' ? member : '';
    const labels = withLabels(origin.labels, read);
    if (isBucket) labels['le'] = boundText(member);
    else if (typeof member === 'object') labels['quantile'] = boundText(member.quantile);
    return newSeriesEntry(tenantId, {
      asset: assetOfAttributes(origin.resource, read, assetRules),
      metric: `${metric.name}${suffix}${metric.ending}`,
      labels,
      unit: suffix === '_bucket' || suffix === '_count' ? undefined : metric.unit,
    });
  }

  return {
    /** The series of one part of a point; made when it is first asked for. */
    entryOf(tenantId: TenantId, series: PointSeries, member: Member): SeriesEntry {
      if (member === '') return (series.plain ??= newEntry(tenantId, series, member));
      const key = typeof member === 'object' ? `quantile ${member.quantile}` : member;
      const members = (series.members ??= new Map());
      const known = members.get(key);
      if (known !== undefined) return known;
      const entry = newEntry(tenantId, series, member);
      members.set(key, entry);
      return entry;
    },

    /** The series of a metric's points of one tenant. */
    seriesOf(tenantId: TenantId, origin: Origin, metric: Metric): PointSeriesOfMetric {
      const known = originOf(tenantId, origin);
      const named = metricOf(known, metric);
      const prefix = `${named.number} `;
      return (attributes) => {
        const key = prefix + attributes.key;
        const hit = points.get(key);
        if (hit !== undefined) return hit;
        const fault = faultOf(named, known, readAttributes(attributes));
        const made = fault ?? { ...blank, origin: known, metric: named, key, encoding: attributes.encoding };
        points.set(key, made);
        return made;
      };
    },
  };
}

const blank = { startMs: 0, plain: undefined, members: undefined };

function faultOf(metric: KnownMetric, origin: KnownOrigin, attributes: Attributes): string | undefined {
  const lengthMax = metricLengthMax - suffixLengthMax;
  if (metric.name === '') return 'it has no name';
  if (metric.name.length > lengthMax) return `its name is longer than ${lengthMax} characters`;
  const labels = Object.entries(withLabels(origin.labels, attributes));
  // One more is needed for the bound of a bucket or the quantile.
  if (labels.length >= labelsMax) return `it has ${labelsMax} labels or more`;
  for (const [name, value] of labels) {
    if (name.length > labelNameLengthMax) return `the name of a label is longer than ${labelNameLengthMax} characters`;
    if (value.length > labelValueLengthMax) {
      return `the label ${name.slice(0, 60)} is longer than ${labelValueLengthMax} characters`;
    }
  }
  return undefined;
}

/** Attributes as labels over those of the resource; of attributes that end up with one name the values are joined. */
function withLabels(base: Readonly<Record<string, string>>, attributes: Attributes): Record<string, string> {
  const own: Record<string, string> = {};
  for (const name of [...attributes.keys()].sort()) {
    const text = storableText(attributeText(attributes.get(name)));
    if (text === '') continue;
    const label = prometheusLabelName(name);
    own[label] = Object.hasOwn(own, label) ? `${own[label] ?? ''};${text}` : text;
  }
  return { ...base, ...own };
}
