import type { AttributeSet } from './attribute-set.ts';
import type { AttributeValue } from './attribute-value.ts';
import type { Origin } from './metric-form.ts';

/** The log records of one scope. */
export interface LogGroup extends Origin {
  readonly records: readonly LogEntry[];
}

/** A `LogRecord` of OTLP (opentelemetry/proto/logs/v1/logs.proto). */
export interface LogEntry {
  /** Nanoseconds since the epoch; 0 when the sender gave none, `undefined` when it cannot be read. */
  readonly timeNs: bigint | undefined;
  readonly observedNs: bigint | undefined;
  /** 1 (TRACE) to 24 (FATAL4); 0 when unknown. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AttributeValue;
  readonly attributes: AttributeSet;
  /** Hexadecimal; empty when none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
}
