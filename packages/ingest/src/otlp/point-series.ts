import type { AssetId, TenantId } from '@heliosiq/model';
import { storableText } from '@heliosiq/model/storable-text.ts';
import { newSeriesEntry } from '../intake/series-book.ts';
import type { SeriesEntry } from '../intake/series-book.ts';
import { readAttributes } from './attribute-set.ts';
import type { AttributeSet } from './attribute-set.ts';
import { attributeText } from './attribute-value.ts';
import type { Attributes } from './attribute-value.ts';
import type { Metric, Origin } from './metric-form.ts';
import { boundText, prometheusLabelName, prometheusMetricName } from './prometheus-names.ts';
import { createRecentMap } from './recent-map.ts';
import { assetOfAttributes, labelsOfResource } from './resource-identity.ts';

const labelsMax = 64;
const labelNameLengthMax = 128;
const labelValueLengthMax = 1024;
const metricLengthMax = 300;
const unitLengthMax = 32;
/** What is put behind a metric's name at most, e.g. `_bucket_delta`. */
const suffixLengthMax = 20;

/** A part of a point that is a series: the bucket of an upper bound, or a suffix such as `_sum`. */
export type Member = number | '' | '_sum' | '_count' | { readonly quantile: number };

/** The series of all points that share metric and attributes. */
export interface PointSeries {
  /** The series of one part; made when it is first asked for. */
  entryOf(member: Member): SeriesEntry;
  /** Start of the last cumulative point that was stored, milliseconds since the epoch; 0 before the first. */
  startMs: number;
}

export interface PointSeriesOptions {
  /** Attribute sets to remember. */
  readonly seriesMax: number;
  readonly assetRules: readonly string[];
  readonly resourceLabels: readonly string[];
}

/** Finds the series of a metric's points; text says why a set of attributes cannot be a series. */
export type PointSeriesOfMetric = (attributes: AttributeSet) => PointSeries | string;

interface KnownOrigin {
  readonly number: number;
  readonly resource: Attributes;
  readonly labels: Readonly<Record<string, string>>;
}

interface KnownMetric {
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
    if (scopeName !== '') labels['otel_scope_name'] = scopeName;
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
      unit: metric.unit === '' ? undefined : storableText(metric.unit).slice(0, unitLengthMax),
    };
    metrics.set(key, named);
    return named;
  }

  return {
    /** The series of a metric's points of one tenant. */
    seriesOf(tenantId: TenantId, origin: Origin, metric: Metric): PointSeriesOfMetric {
      const known = originOf(tenantId, origin);
      const named = metricOf(known, metric);
      const prefix = `${named.number} `;
      return (attributes) => {
        const key = prefix + attributes.key;
        const hit = points.get(key);
        if (hit !== undefined) return hit;
        const read = readAttributes(attributes);
        const made =
          faultOf(named, read) ??
          pointSeries(tenantId, named, {
            asset: assetOfAttributes(known.resource, read, assetRules),
            labels: withLabels(known.labels, read),
          });
        points.set(key, made);
        return made;
      };
    },
  };
}

interface PointIdentity {
  readonly asset: AssetId;
  readonly labels: Readonly<Record<string, string>>;
}

function pointSeries(tenantId: TenantId, metric: KnownMetric, { asset, labels }: PointIdentity): PointSeries | string {
  if (Object.keys(labels).length >= labelsMax) return `it has ${labelsMax} labels or more`;
  const members = new Map<number | string, SeriesEntry>();

  function newEntry(member: Member): SeriesEntry {
    const isBucket = typeof member === 'number';
    const suffix = isBucket ? '_bucket' : typeof member === 'string' ? member : '';
    const own = isBucket
      ? { le: boundText(member) }
      : typeof member === 'string'
        ? {}
        : { quantile: boundText(member.quantile) };
    const unit = suffix === '_bucket' || suffix === '_count' ? undefined : metric.unit;
    const name = `${metric.name}${suffix}${metric.ending}`;
    return newSeriesEntry(tenantId, { asset, metric: name, labels: { ...labels, ...own }, unit });
  }

  return {
    startMs: 0,
    entryOf(member) {
      const key = typeof member === 'object' ? `quantile ${member.quantile}` : member;
      const known = members.get(key);
      if (known !== undefined) return known;
      const entry = newEntry(member);
      members.set(key, entry);
      return entry;
    },
  };
}

function faultOf({ name }: KnownMetric, attributes: Attributes): string | undefined {
  if (name === '') return 'it has no name';
  if (name.length > metricLengthMax - suffixLengthMax)
    return `its name is longer than ${metricLengthMax - suffixLengthMax} characters`;
  for (const [key, value] of attributes) {
    if (key.length > labelNameLengthMax - 4)
      return `the name of an attribute is longer than ${labelNameLengthMax - 4} characters`;
    if (attributeText(value).length > labelValueLengthMax) {
      return `the attribute ${key.slice(0, 60)} is longer than ${labelValueLengthMax} characters`;
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
    const before = own[label];
    own[label] = before === undefined ? text : `${before};${text}`;
  }
  return { ...base, ...own };
}
