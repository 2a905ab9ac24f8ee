import { normalTailDecades } from './normal-tail.ts';
import { quantile, sortedFinite } from './robust-statistics.ts';

/** Changes of one series that follow those of another. */
export interface LaggedLink {
  readonly follower: string;
  readonly leader: string;
  /** Steps of the grid by which the follower is behind; 1 or more. */
  readonly lagSteps: number;
  /** Partial correlation, -1..1, given the follower's own past and everything that leads it more strongly. */
  readonly correlation: number;
  /** -log10 of the chance of so much by luck, over all pairs and lags that were tried. */
  readonly decades: number;
  /** Samples that it rests on. */
  readonly samples: number;
}

/** The largest lag tried, and steps of its own past that a series is told from first. */
const LAGS_MAX = 5;
const OWN_PAST = 3;
/** Leaders of one follower. */
const LEADERS_MAX = 4;
/** Fewer samples show nothing; more are not looked at. */
export const SAMPLES_MIN = 120;
export const SAMPLES_MAX = 600;
/** Share of the grid that may be missing. */
const GAPS_MAX = 0.2;
/** Half the width, in steps, of the running median that a series is freed of: trends and seasons, which move all together. */
const TREND_HALF = 15;
/** One wrong link in so many cases, over all that is tried (Bonferroni), and the weakest link that is worth telling. */
const DECADES_MIN = 2;
const CORRELATION_MIN = 0.2;
/** In each half of the samples alone it must show with this chance of luck, so that no single event makes a link. */
const HALF_DECADES_MIN = 1.3;

/** The series without its running median, as normal scores of ranks: outliers weigh little. What is missing is 0, the middle. */
function cleaned(values: Float64Array): Float64Array {
  const free = values.map((value, index) => {
    const around = sortedFinite(values.subarray(Math.max(0, index - TREND_HALF), index + TREND_HALF + 1));
    return value - quantile(around, 0.5);
  });
  const order = [...free.keys()].filter((index) => Number.isFinite(free[index]));
  order.sort((a, b) => (free[a] ?? 0) - (free[b] ?? 0) || a - b);
  const scores = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && free[order[to] ?? 0] === free[order[from] ?? 0]) to += 1;
    const score = normalScore((from + to) / 2 / order.length);
    for (let at = from; at < to; at++) scores[order[at] ?? 0] = score;
    from = to;
  }
  return scores;
}

/** The normal number below which a share of all lies (Abramowitz and Stegun 26.2.23, error below 4.5e-4). */
function normalScore(share: number): number {
  const tail = Math.min(share, 1 - share);
  const t = Math.sqrt(-2 * Math.log(Math.max(tail, 1e-12)));
  const size = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return share < 0.5 ? -size : size;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}

/** Takes from `column` what a direction of length 1 accounts for. */
function free(column: Float64Array, direction: Float64Array): void {
  const share = dot(column, direction);
  for (let index = 0; index < column.length; index++)
    column[index] = (column[index] ?? 0) - share * (direction[index] ?? 0);
}

function unit(column: Float64Array): Float64Array | undefined {
  const length = Math.sqrt(dot(column, column));
  return length < 1e-6 * Math.sqrt(column.length) ? undefined : column.map((value) => value / length);
}

function correlationOf(a: Float64Array, b: Float64Array): number {
  const length = Math.sqrt(dot(a, a) * dot(b, b));
  return length < 1e-9 * a.length ? 0 : dot(a, b) / length;
}

/** Decades of a partial correlation by Fisher's z. */
function decadesOf(correlation: number, freedom: number): number {
  return normalTailDecades(Math.atanh(Math.min(0.999999, Math.abs(correlation))) * Math.sqrt(Math.max(1, freedom - 3)));
}

interface Candidate {
  readonly leader: string;
  readonly lagSteps: number;
  readonly column: Float64Array;
}

/**
 * Who follows whom among some series on one grid of time. A follower is told from its own past first; then, one after the other,
 * the leader and lag that tell most of what is left are taken in as long as that can hardly be luck, so that what follows only through
 * another, or with another, falls away (Granger 1969, with forward selection). What moves at the same time is taken in as
 * well and makes no link, for it has no direction. Blind to leaders that nobody measures.
 */
export function laggedLinks(series: ReadonlyMap<string, Float64Array>): LaggedLink[] {
  const length = Math.min(SAMPLES_MAX, ...[...series.values()].map((values) => values.length));
  const kept = [...series]
    .map(([name, values]) => [name, values.subarray(values.length - length)] as const)
    .filter(([, values]) => isTelling(values))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, values]) => [name, cleaned(values)] as const);
  const samples = length - LAGS_MAX;
  if (kept.length < 2 || length < SAMPLES_MIN) return [];
  const triedDecades = Math.log10(kept.length * (kept.length - 1) * LAGS_MAX);
  const shifted = (values: Float64Array, lag: number): Float64Array => values.slice(LAGS_MAX - lag, length - lag);
  return kept.flatMap(([follower, values]) => {
    const rest = shifted(values, 0);
    const candidates = kept.flatMap(([leader, theirs]): Candidate[] =>
      leader === follower
        ? []
        : Array.from({ length: LAGS_MAX + 1 }, (_, lagSteps) => ({
            leader,
            lagSteps,
            column: shifted(theirs, lagSteps),
          })),
    );
    let used = 0;
    const take = (column: Float64Array): void => {
      const direction = unit(column);
      if (direction === undefined) return;
      used += 1;
      free(rest, direction);
      for (const candidate of candidates) free(candidate.column, direction);
    };
    const level = new Float64Array(samples).fill(1);
    const own = [level, ...Array.from({ length: OWN_PAST }, (_, index) => shifted(values, index + 1))];
    for (const [index, column] of own.entries()) {
      for (const earlier of own.slice(0, index)) freeOf(column, earlier);
      take(column);
    }
    const links: LaggedLink[] = [];
    const together = movingTogether(candidates, rest);
    while (links.length < LEADERS_MAX && used < OWN_PAST + 3 * LEADERS_MAX) {
      const best = strongest(candidates, rest);
      if (best === undefined) break;
      const correlation = correlationOf(best.column, rest);
      const decades = decadesOf(correlation, samples - used) - triedDecades;
      if (decades < DECADES_MIN || Math.abs(correlation) < CORRELATION_MIN) break;
      const isTaken = together.has(best.leader) || links.some((one) => one.leader === best.leader);
      const isLink = !isTaken && holdsInHalves(best.column, rest);
      if (isLink) links.push({ follower, leader: best.leader, lagSteps: best.lagSteps, correlation, decades, samples });
      candidates.splice(candidates.indexOf(best), 1);
      take(best.column.slice());
    }
    return links;
  });
}

/** Takes from a column what another, of any length, accounts for. */
function freeOf(column: Float64Array, other: Float64Array): void {
  const direction = unit(other);
  if (direction !== undefined) free(column, direction);
}

function isTelling(values: Float64Array): boolean {
  const finite = sortedFinite(values);
  return finite.length >= (1 - GAPS_MAX) * values.length && quantile(finite, 0.9) > quantile(finite, 0.1);
}

/** The candidate that tells most of what is left; of equals the one with the smaller lag, then by name. */
function strongest(candidates: readonly Candidate[], rest: Float64Array): Candidate | undefined {
  let best: Candidate | undefined;
  let most = 0;
  for (const candidate of candidates) {
    const size = Math.abs(correlationOf(candidate.column, rest));
    if (size <= most + 1e-12) continue;
    [best, most] = [candidate, size];
  }
  return best;
}

/**
 * Leaders that move with the follower rather than before it: something else may move both, and each is but a blurred view of that, in
 * which the past of one tells of the other.
 */
function movingTogether(candidates: readonly Candidate[], rest: Float64Array): Set<string> {
  const byLeader = Map.groupBy(candidates, ({ leader }) => leader);
  return new Set(
    [...byLeader].flatMap(([leader, theirs]) => {
      const sizes = theirs.map(({ column }) => Math.abs(correlationOf(column, rest)));
      return (sizes[0] ?? 0) >= Math.max(...sizes) ? [leader] : [];
    }),
  );
}

/** True when each half of the samples shows the same sign, and hardly by luck. */
function holdsInHalves(column: Float64Array, rest: Float64Array): boolean {
  const half = Math.floor(rest.length / 2);
  const parts = [
    [column.subarray(0, half), rest.subarray(0, half)],
    [column.subarray(half), rest.subarray(half)],
  ] as const;
  const sign = Math.sign(correlationOf(column, rest));
  return parts.every(([a, b]) => {
    const correlation = correlationOf(a, b);
    return Math.sign(correlation) === sign && decadesOf(correlation, a.length) >= HALF_DECADES_MIN;
  });
}
