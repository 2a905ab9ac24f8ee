import { AssetId, MetricName, SeriesId, SeriesRef } from '@heliosiq/model';
import { z } from 'zod';

/** A moment in a query: milliseconds since the epoch or ISO 8601. Parsed to milliseconds. */
export const Moment = z
  .union(
    [z.string().regex(/^\d{10,16}$/), z.iso.datetime({ offset: true })],
    'give milliseconds since 1970 or ISO 8601 with a zone',
  )
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text)));

/** `name=value` pairs of a query, one or many times. */
export const LabelMatchers = z.union([z.string(), z.array(z.string())]).transform((pairs, context) => {
  const labels: Record<string, string> = {};
  for (const pair of typeof pairs === 'string' ? [pairs] : pairs) {
    const at = pair.indexOf('=');
    if (at < 1) context.addIssue({ code: 'custom', message: `give labels as name=value, not "${pair}"` });
    else labels[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return labels;
});

/** A whole number in a query. */
export const Whole = z
  .string()
  .regex(/^\d{1,15}$/, 'give a whole number')
  .transform(Number);

/** How many items a list answers at most. */
export function limitUpTo(max: number, fallback: number) {
  return Whole.refine((limit) => limit >= 1 && limit <= max, `give 1 to ${max}`).default(fallback);
}

export const SeriesSelection = z.strictObject({
  id: SeriesId.optional(),
  asset: AssetId.optional(),
  metric: MetricName.optional(),
  label: LabelMatchers.optional(),
});

export const SeriesQuery = SeriesSelection.extend({
  from: Moment,
  to: Moment,
  /** Milliseconds per step; chosen for about 500 steps when absent. */
  stepMs: Whole.refine((step) => step >= 1, 'give 1 ms or more').optional(),
  /** An instant selector of PromQL, which the series must meet as well. */
  match: z.string().trim().min(1, 'give a selector').max(10_000, 'at most 10,000 characters').optional(),
  /** Answered as `values`: the last or the sum of a step, or how a counter (`increase`, `rate` a second) or gauge (`delta`) moved. */
  function: z.enum(['last', 'sum', 'increase', 'rate', 'delta']).optional(),
});

export const ChartSeries = z.object({
  series: SeriesRef,
  stepMs: z.number(),
  times: z.array(z.number()),
  min: z.array(z.number()),
  max: z.array(z.number()),
  avg: z.array(z.number()),
  count: z.array(z.number()),
  values: z.array(z.number()).optional(),
});

export const Chart = z.object({ series: z.array(ChartSeries) });

export const CatalogueEntry = z.object({
  series: SeriesRef,
  firstAt: z.number(),
  lastAt: z.number(),
  samples: z.number(),
});

export const Catalogue = z.object({ series: z.array(CatalogueEntry) });

export const Band = z.object({
  times: z.array(z.number()),
  expected: z.array(z.number()),
  lower: z.array(z.number()),
  upper: z.array(z.number()),
  score: z.array(z.number()),
});
