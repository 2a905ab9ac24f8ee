import { jsonAttributeSet } from './attribute-set.ts';
import { jsonEnum, jsonNanoseconds, jsonText, readJsonValue } from './json-values.ts';
import type { JsonObject } from './json-values.ts';
import type { LogEntry, LogGroup } from './log-form.ts';
import { readJsonOrigins } from './origins-from-json.ts';

const names = { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords' };

/** Reads an `ExportLogsServiceRequest` of OTLP/JSON. Throws as `readJsonOrigins` does. */
export function readJsonLogs(body: Uint8Array): readonly LogGroup[] {
  return readJsonOrigins(body, names, readLogEntry).map(({ items, ...origin }) => ({ ...origin, records: items }));
}

/** `SEVERITY_NUMBER_TRACE`, `…_TRACE2` and so on, by number. */
const severityNames = [
  'SEVERITY_NUMBER_UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) =>
    ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${level}${step}`),
  ),
];

function readLogEntry(record: JsonObject): LogEntry {
  return {
    timeNs: jsonNanoseconds(record['timeUnixNano']),
    observedNs: jsonNanoseconds(record['observedTimeUnixNano']),
    severityNumber: jsonEnum(record['severityNumber'], severityNames),
    severityText: jsonText(record['severityText']),
    body: readJsonValue(record['body']),
    attributes: jsonAttributeSet(record['attributes']),
    traceId: jsonText(record['traceId']).toLowerCase(),
    spanId: jsonText(record['spanId']).toLowerCase(),
    eventName: jsonText(record['eventName']),
  };
}
