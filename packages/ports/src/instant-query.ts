import type { TenantId } from '@heliosiq/model';

/** Labels of a result, as the HTTP API of Prometheus names it: `__name__` is the metric where the result has one. */
export type ResultLabels = Readonly<Record<string, string>>;

/** A moment in seconds since the epoch, and a value as text (`NaN`, `+Inf` and `-Inf` included). */
export type ResultPoint = readonly [atS: number, value: string];

/** `data` of an answer to `/api/v1/query` of the Prometheus HTTP API, ready for JSON. */
export type InstantResult =
  | {
      readonly resultType: 'vector';
      readonly result: readonly { readonly metric: ResultLabels; readonly value: ResultPoint }[];
    }
  | {
      readonly resultType: 'matrix';
      readonly result: readonly { readonly metric: ResultLabels; readonly values: readonly ResultPoint[] }[];
    };

export interface InstantQuestion {
  /** PromQL. */
  readonly query: string;
  /** The moment that is asked about, in milliseconds since the epoch. */
  readonly time: number;
  readonly signal?: AbortSignal;
}

/** Answers questions in PromQL about one moment. */
export interface InstantQuery {
  /** Rejects with `invalid-request` for what is no PromQL, for what is not supported (and says what), and for too large a result. */
  query(tenantId: TenantId, question: InstantQuestion): Promise<InstantResult>;
}
