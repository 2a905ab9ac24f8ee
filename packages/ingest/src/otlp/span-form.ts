import type { AttributeSet } from './attribute-set.ts';
import type { Origin } from './metric-form.ts';

/** The spans of one scope. */
export interface SpanGroup extends Origin {
  readonly spans: readonly Span[];
}

/** What part a span plays between services. */
export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** By number, as in the schema. */
export const spanKinds: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

/** A `Span` of OTLP (opentelemetry/proto/trace/v1/trace.proto), as far as it is used here. */
export interface Span {
  /** 32, 16 and 16 (or no) hexadecimal digits where the sender did it right. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Milliseconds since the epoch with fractions, and without them; 0 when absent, `NaN` when unreadable. */
  readonly startMs: number;
  readonly endMs: number;
  /** Seconds from start to end; negative when it ends before it starts, `NaN` when unreadable. */
  readonly durationS: number;
  readonly isError: boolean;
  readonly attributes: AttributeSet;
}

/** `Status.code` of a span that failed. */
export const errorStatusCode = 2;
