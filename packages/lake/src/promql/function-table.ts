import type { ValueType } from './syntax-tree.ts';

/** What a function takes and gives. */
export interface FunctionSignature {
  readonly takes: readonly ValueType[];
  /** Of `takes`, how many may be left out at the end. Default 0. */
  readonly optional?: number;
  /** The last of `takes` may be given any number of times. */
  readonly isOpen?: boolean;
  readonly gives: 'scalar' | 'vector';
}

const ofVector: FunctionSignature = { takes: ['vector'], gives: 'vector' };
const ofRange: FunctionSignature = { takes: ['matrix'], gives: 'vector' };
const ofMoment: FunctionSignature = { takes: ['vector'], optional: 1, gives: 'vector' };
const constant: FunctionSignature = { takes: [], gives: 'scalar' };

function allOf(names: string, signature: FunctionSignature): (readonly [string, FunctionSignature])[] {
  return names.split(' ').map((name) => [name, signature] as const);
}

/**
 * The functions that are answered: those of Prometheus 3 without native histograms and without those that it calls
 * experimental (https://prometheus.io/docs/prometheus/latest/querying/functions/).
 */
export const functionTable: ReadonlyMap<string, FunctionSignature> = new Map([
  ...allOf('rate increase delta irate idelta deriv changes resets', ofRange),
  ...allOf('avg_over_time count_over_time first_over_time last_over_time max_over_time min_over_time', ofRange),
  ...allOf('present_over_time stddev_over_time stdvar_over_time sum_over_time absent_over_time', ofRange),
  ...allOf('abs ceil floor exp sqrt ln log2 log10 sgn deg rad', ofVector),
  ...allOf('sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh', ofVector),
  ...allOf('absent sort sort_desc timestamp', ofVector),
  ...allOf('minute hour day_of_week day_of_month day_of_year days_in_month month year', ofMoment),
  ...allOf('time pi', constant),
  ['quantile_over_time', { takes: ['scalar', 'matrix'], gives: 'vector' }],
  ['predict_linear', { takes: ['matrix', 'scalar'], gives: 'vector' }],
  ['histogram_quantile', { takes: ['scalar', 'vector'], gives: 'vector' }],
  ['clamp', { takes: ['vector', 'scalar', 'scalar'], gives: 'vector' }],
  ['clamp_min', { takes: ['vector', 'scalar'], gives: 'vector' }],
  ['clamp_max', { takes: ['vector', 'scalar'], gives: 'vector' }],
  ['round', { takes: ['vector', 'scalar'], optional: 1, gives: 'vector' }],
  ['scalar', { takes: ['vector'], gives: 'scalar' }],
  ['vector', { takes: ['scalar'], gives: 'vector' }],
  ['label_replace', { takes: ['vector', 'string', 'string', 'string', 'string'], gives: 'vector' }],
  ['label_join', { takes: ['vector', 'string', 'string', 'string'], optional: 1, isOpen: true, gives: 'vector' }],
]);
