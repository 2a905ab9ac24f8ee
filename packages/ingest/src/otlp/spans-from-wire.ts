import { attributeSetOf, emptyAttributeRange, takeAttribute } from './attribute-set.ts';
import { readWireOrigins } from './origins-from-wire.ts';
import { errorStatusCode, spanKinds } from './span-form.ts';
import type { Span, SpanGroup } from './span-form.ts';
import { fixed64Tag, lengthTag, varintTag, WireReader } from './wire-reader.ts';

/** Reads an `ExportTraceServiceRequest` of protobuf. Throws `invalid-request` where it is none. */
export function readWireSpans(body: Buffer): readonly SpanGroup[] {
  return readWireOrigins(new WireReader(body), readSpan).map(({ items, ...origin }) => ({ ...origin, spans: items }));
}

/** Fields of `Span`. */
const traceIdTag = lengthTag(1);
const spanIdTag = lengthTag(2);
const parentSpanIdTag = lengthTag(4);
const nameTag = lengthTag(5);
const kindTag = varintTag(6);
const startTag = fixed64Tag(7);
const endTag = fixed64Tag(8);
const attributeTag = lengthTag(9);
const statusTag = lengthTag(15);
const statusCodeTag = varintTag(3);

function readSpan(reader: WireReader): Span {
  const attributes = emptyAttributeRange();
  let traceId = '';
  let spanId = '';
  let parentSpanId = '';
  let name = '';
  let kind = 0;
  let startNs = 0n;
  let endNs = 0n;
  let statusCode = 0;
  for (let start = reader.at, tag = reader.tag(); tag !== 0; start = reader.at, tag = reader.tag()) {
    if (tag === attributeTag) takeAttribute(attributes, reader, start);
    else if (tag === traceIdTag) traceId = reader.view().toString('hex');
    else if (tag === spanIdTag) spanId = reader.view().toString('hex');
    else if (tag === parentSpanIdTag) parentSpanId = reader.view().toString('hex');
    else if (tag === nameTag) name = reader.text();
    else if (tag === kindTag) kind = reader.varint();
    else if (tag === startTag) startNs = reader.fixed64BigInt();
    else if (tag === endTag) endNs = reader.fixed64BigInt();
    else if (tag === statusTag) statusCode = readStatusCode(reader);
    else reader.skip(tag);
  }
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: spanKinds[kind] ?? 'unspecified',
    startMs: Number(startNs) / 1e6,
    endMs: Number(endNs / 1_000_000n),
    durationS: Number(endNs - startNs) / 1e9,
    isError: statusCode === errorStatusCode,
    attributes: attributeSetOf(attributes, reader),
  };
}

function readStatusCode(reader: WireReader): number {
  let code = 0;
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === statusCodeTag) code = reader.varint();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return code;
}
