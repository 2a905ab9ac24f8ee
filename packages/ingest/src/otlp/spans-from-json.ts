import { jsonAttributeSet } from './attribute-set.ts';
import { jsonEnum, jsonNanoseconds, jsonObject, jsonText } from './json-values.ts';
import type { JsonObject } from './json-values.ts';
import { readJsonOrigins } from './origins-from-json.ts';
import { errorStatusCode, spanKinds } from './span-form.ts';
import type { Span, SpanGroup } from './span-form.ts';

const names = { resources: 'resourceSpans', scopes: 'scopeSpans', items: 'spans' };

/** Reads an `ExportTraceServiceRequest` of OTLP/JSON. Throws as `readJsonOrigins` does. */
export function readJsonSpans(body: Uint8Array): readonly SpanGroup[] {
  return readJsonOrigins(body, names, readSpan).map(({ items, ...origin }) => ({ ...origin, spans: items }));
}

const kindNames = spanKinds.map((kind) => `SPAN_KIND_${kind.toUpperCase()}`);
const statusNames = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

function readSpan(span: JsonObject): Span {
  const startNs = jsonNanoseconds(span['startTimeUnixNano']);
  const endNs = jsonNanoseconds(span['endTimeUnixNano']);
  return {
    traceId: jsonText(span['traceId']).toLowerCase(),
    spanId: jsonText(span['spanId']).toLowerCase(),
    parentSpanId: jsonText(span['parentSpanId']).toLowerCase(),
    name: jsonText(span['name']),
    kind: spanKinds[jsonEnum(span['kind'], kindNames)] ?? 'unspecified',
    startMs: startNs === undefined ? Number.NaN : Number(startNs) / 1e6,
    endMs: endNs === undefined ? Number.NaN : Number(endNs / 1_000_000n),
    durationS: startNs === undefined || endNs === undefined ? Number.NaN : Number(endNs - startNs) / 1e9,
    isError: jsonEnum(jsonObject(span['status'])['code'], statusNames) === errorStatusCode,
    attributes: jsonAttributeSet(span['attributes']),
  };
}
