import type { LogTopicName } from '@heliosiq/model';
import { rejectedTopicOf, topicNames } from '@heliosiq/model';
import { rejectedHeaders, type LogRecord, type NewRecord } from '@heliosiq/ports';

/** Longest reason that is kept, in characters. */
const reasonCharsMax = 2000;

/** Where a rejected record goes, and as what: its headers say why it is there and where it stood. */
export function rejectedRecord(
  record: LogRecord,
  reason: string,
): { readonly topic: LogTopicName; readonly record: NewRecord } {
  const source = topicNames.find((name) => name === record.topic);
  return {
    // A record that is rejected while it is read from a rejected topic stays there.
    topic: source === undefined ? record.topic : rejectedTopicOf(source),
    record: {
      key: record.key,
      id: record.id,
      value: record.value,
      headers: {
        ...record.headers,
        [rejectedHeaders.reason]: reason.slice(0, reasonCharsMax),
        [rejectedHeaders.topic]: record.topic,
        [rejectedHeaders.partition]: String(record.partition),
        [rejectedHeaders.offset]: String(record.offset),
      },
    },
  };
}
