import type { z } from 'zod';
import { AnomalyEvent } from './anomaly.ts';
import { DiagnosisEvent } from './diagnosis.ts';
import { IncidentEvent } from './incident.ts';
import { DiscreteSignal } from './signal.ts';
import { TracePart } from './trace-part.ts';

/** A topic of the event log: `partitions` is fixed at creation, `retentionMs` bounds its age. */
export interface TopicRule {
  readonly key: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly value: z.ZodType;
}

const dayMs = 86_400_000;

/**
 * The topic table: what each stage reads and writes, and what orders its records. Beside the JSON of `value`, `signals` holds
 * batches of samples (`sample-columns.ts`); the lane of its key is that of the asset (`signal-lane.ts`). `traces` is packed
 * (`trace-part-coding.ts`) and soon in its store, so it is kept for hours only.
 */
export const topicTable = {
  signals: { key: 'lane', partitions: 4, retentionMs: 3 * dayMs, value: DiscreteSignal },
  anomalies: { key: 'tenant', partitions: 4, retentionMs: 14 * dayMs, value: AnomalyEvent },
  incidents: { key: 'incident', partitions: 4, retentionMs: 90 * dayMs, value: IncidentEvent },
  traces: { key: 'part', partitions: 1, retentionMs: dayMs / 4, value: TracePart },
  diagnoses: { key: 'incident', partitions: 4, retentionMs: 90 * dayMs, value: DiagnosisEvent },
} as const satisfies Record<string, TopicRule>;

export type TopicName = keyof typeof topicTable;

/** Where records that a stage could not use are kept with their reason. */
export type RejectedTopicName = `${TopicName}-rejected`;

/** Every topic that a log must have. */
export type LogTopicName = TopicName | RejectedTopicName;

/** The topic names of the table. */
export const topicNames = Object.keys(topicTable) as readonly TopicName[]; // the keys of a const object

/** The rejected topic that belongs to a topic. */
export function rejectedTopicOf(topic: TopicName): RejectedTopicName {
  return `${topic}-rejected`;
}

/** Partitions and age of any topic; rejected records have one partition and are kept for 30 days. */
export function topicShape(topic: LogTopicName): { readonly partitions: number; readonly retentionMs: number } {
  const rule = topicNames.find((name) => name === topic);
  return rule === undefined ? { partitions: 1, retentionMs: 30 * dayMs } : topicTable[rule];
}
