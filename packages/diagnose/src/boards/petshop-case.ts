import type { CaseWindow, Casefile, SeriesWindow, TopologyEdge } from '../casefile.ts';
import type { Recording } from './petshop-files.ts';

/** Sampling interval of PetShop recordings; a row's time is the start of its interval. */
const ROW_MS = 300_000;

/** What a PetShop case is made of. */
export interface CaseParts {
  readonly target: { readonly asset: string; readonly metric: string };
  /** When the alarm rang. */
  readonly noticedAtMs: number;
  /** The recording of the trouble, with a few rows before it. */
  readonly trouble: Recording;
  /** A recording of normal operation; absent for a traffic that has none. */
  readonly normal: Recording | undefined;
  readonly edges: readonly TopologyEdge[];
}

/**
 * Cuts recordings into a casefile. A row belongs to the fault when its interval ends after the alarm; earlier rows of
 * the trouble's own recording join the baseline as its latest part.
 */
export function petshopCasefile(parts: CaseParts): Casefile {
  const { trouble, normal, noticedAtMs } = parts;
  const faultFromMs = noticedAtMs - ROW_MS + 1;
  const last = trouble.timesMs.at(-1) ?? noticedAtMs;
  const window: CaseWindow = { baselineFromMs: 0, faultFromMs, faultToMs: last + ROW_MS };
  const key = (series: { asset: string; metric: string; statistic: string }): string =>
    `${series.asset}\n${series.metric}\n${series.statistic}`;
  const normals = new Map((normal?.series ?? []).map((series) => [key(series), series]));
  const early = (atMs: number): boolean => atMs < faultFromMs;
  const series = trouble.series.map((one): SeriesWindow => {
    const past = normals.get(key(one));
    const pick = (values: Float64Array, wanted: boolean): Float64Array =>
      values.filter((_, index) => early(trouble.timesMs[index] ?? 0) === wanted);
    return {
      asset: one.asset,
      metric: one.metric,
      statistic: one.statistic,
      baseline: {
        timesMs: Float64Array.from([
          ...(past === undefined ? [] : (normal?.timesMs ?? [])),
          ...pick(trouble.timesMs, true),
        ]),
        values: Float64Array.from([...(past?.values ?? []), ...pick(one.values, true)]),
      },
      fault: { timesMs: pick(trouble.timesMs, false), values: pick(one.values, false) },
    };
  });
  return { target: parts.target, window, series, edges: parts.edges, changes: [] };
}
