import { attributeSetOf, emptyAttributeRange, takeAttribute } from './attribute-set.ts';
import type { AttributeValue } from './attribute-value.ts';
import type { LogEntry, LogGroup } from './log-form.ts';
import { readWireOrigins } from './origins-from-wire.ts';
import { fixed64Tag, lengthTag, varintTag, WireReader } from './wire-reader.ts';
import { readWireValue } from './wire-values.ts';

/** Reads an `ExportLogsServiceRequest` of protobuf. Throws `invalid-request` where it is none. */
export function readWireLogs(body: Buffer): readonly LogGroup[] {
  return readWireOrigins(new WireReader(body), readLogEntry).map(({ items, ...origin }) => ({
    ...origin,
    records: items,
  }));
}

/** Fields of `LogRecord`. */
const timeTag = fixed64Tag(1);
const severityNumberTag = varintTag(2);
const severityTextTag = lengthTag(3);
const bodyTag = lengthTag(5);
const attributeTag = lengthTag(6);
const traceIdTag = lengthTag(9);
const spanIdTag = lengthTag(10);
const observedTag = fixed64Tag(11);
const eventNameTag = lengthTag(12);

function readLogEntry(reader: WireReader): LogEntry {
  const attributes = emptyAttributeRange();
  let timeNs = 0n;
  let observedNs = 0n;
  let severityNumber = 0;
  let severityText = '';
  let body: AttributeValue = null;
  let traceId = '';
  let spanId = '';
  let eventName = '';
  for (let start = reader.at, tag = reader.tag(); tag !== 0; start = reader.at, tag = reader.tag()) {
    if (tag === attributeTag) takeAttribute(attributes, reader, start);
    else if (tag === timeTag) timeNs = reader.fixed64BigInt();
    else if (tag === observedTag) observedNs = reader.fixed64BigInt();
    else if (tag === severityNumberTag) severityNumber = reader.varint();
    else if (tag === severityTextTag) severityText = reader.text();
    else if (tag === traceIdTag) traceId = reader.view().toString('hex');
    else if (tag === spanIdTag) spanId = reader.view().toString('hex');
    else if (tag === eventNameTag) eventName = reader.text();
    else if (tag === bodyTag) {
      const outer = reader.enter();
      body = readWireValue(reader);
      reader.leave(outer);
    } else reader.skip(tag);
  }
  const named = { severityNumber, severityText, body, traceId, spanId, eventName };
  return { timeNs, observedNs, ...named, attributes: attributeSetOf(attributes, reader) };
}
