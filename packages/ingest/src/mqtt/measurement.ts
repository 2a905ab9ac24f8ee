import type { DiscreteSignal, Outcome } from '@heliosiq/model';

/** One number that a message holds. */
export interface Measurement {
  /** Its path inside the payload, levels joined by a dot; empty when the topic alone names it. */
  readonly name: string;
  readonly value: number;
  /** Milliseconds since the epoch; the moment of arrival when the payload names none. */
  readonly at?: number | undefined;
  readonly unit?: string | undefined;
}

/** Why a message was not taken, as counted. */
export type MessageFault =
  | 'empty'
  | 'json'
  | 'no-number'
  | 'no-time'
  | 'too-old-or-ahead'
  | 'too-deep'
  | 'too-many-values'
  | 'name'
  | 'topic'
  | 'protobuf'
  | 'alias-unknown'
  | 'series-max';

/** Measurements of a payload, or why there are none. */
export type PayloadOutcome = Outcome<readonly Measurement[], MessageFault>;

/** Events that a message stands for, e.g. the death of a Sparkplug node. */
export type MessageEvent = Extract<DiscreteSignal, { kind: 'event' }>;

/** Numbers of one message at most. */
export const measurementsMax = 2000;
