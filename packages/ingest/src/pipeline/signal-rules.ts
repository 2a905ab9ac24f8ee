import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import type { SeriesName } from '../intake/series-book.ts';

/** A series as rules leave it. */
export interface DecidedSeries {
  readonly name: SeriesName;
  readonly value?: ((value: number) => number) | undefined;
  readonly oneOf?: number | undefined;
  readonly everyMs?: number | undefined;
  readonly thinnedBy?: string | undefined;
}

/** What rules make of a series: the series that take its samples over; none where `droppedBy` names a rule. */
export interface SeriesDecision {
  readonly outputs: readonly DecidedSeries[];
  readonly droppedBy?: string | undefined;
}

/** What rules make of a signal that is no sample. */
export type SignalDecision = { readonly signal: DiscreteSignal } | { readonly droppedBy: string };

/** The rules of the pipeline, ready to be asked. */
export interface SignalRules {
  /** Asked once when a series is first seen; `undefined` leaves it as it is. */
  decideSeries(tenantId: TenantId, name: SeriesName): SeriesDecision | undefined;
  /** Asked for every other signal. */
  decideSignal(tenantId: TenantId, signal: DiscreteSignal): SignalDecision;
}

/** No rules: everything stays as it is. */
export const noRules: SignalRules = {
  decideSeries: () => undefined,
  decideSignal: (_, signal) => ({ signal }),
};
