import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { accepted, rejected, type Outcome } from './outcome.ts';
import { TracePart, type TraceLine, type TraceSpan } from './trace-part.ts';

/** First byte of an encoded part. */
const formatByte = 0x01;
/** A part that grows beyond this when it is unpacked is refused. */
const unpackedBytesMax = 64 * 2 ** 20;

/** Words are written once, and each column of a table by itself: that is what packs well. Start times are differences to the part's. */
const Columns = z.object({
  id: z.string(),
  at: z.number(),
  share: z.number(),
  words: z.array(z.string()),
  spans: z.object({
    trace: z.array(z.number()),
    id: z.array(z.string()),
    parent: z.array(z.string()),
    asset: z.array(z.number()),
    operation: z.array(z.number()),
    startUs: z.array(z.number()),
    lengthUs: z.array(z.number()),
    errors: z.array(z.number()),
  }),
  lines: z.object({
    trace: z.array(z.number()),
    span: z.array(z.string()),
    id: z.array(z.string()),
    asset: z.array(z.number()),
    at: z.array(z.number()),
    body: z.array(z.string()),
    errors: z.array(z.number()),
  }),
});
type Columns = z.infer<typeof Columns>;

/** A part as bytes: a format byte, then packed JSON of columns. Times keep microseconds. */
export function encodeTracePart({ id, at, share, spans, lines }: TracePart): Buffer {
  const words: string[] = [];
  const places = new Map<string, number>();
  const place = (word: string): number => {
    const known = places.get(word);
    if (known !== undefined) return known;
    places.set(word, words.length);
    words.push(word);
    return words.length - 1;
  };
  const errorsOf = (rows: readonly { readonly isError: boolean }[]): number[] =>
    rows.flatMap(({ isError }, index) => (isError ? [index] : []));
  const columns: Columns = {
    ...{ id, at, share, words },
    spans: {
      trace: spans.map(({ traceId }) => place(traceId)),
      id: spans.map(({ spanId }) => spanId),
      parent: spans.map(({ parentId }) => parentId),
      asset: spans.map(({ asset }) => place(asset)),
      operation: spans.map(({ operation }) => place(operation)),
      startUs: spans.map(({ startMs }) => Math.round((startMs - at) * 1000)),
      lengthUs: spans.map(({ startMs, endMs }) => Math.round((endMs - startMs) * 1000)),
      errors: errorsOf(spans),
    },
    lines: {
      trace: lines.map(({ traceId }) => place(traceId)),
      span: lines.map(({ spanId }) => spanId),
      id: lines.map((line) => line.id),
      asset: lines.map(({ asset }) => place(asset)),
      at: lines.map((line) => line.at - at),
      body: lines.map(({ body }) => body),
      errors: errorsOf(lines),
    },
  };
  return Buffer.concat([Buffer.of(formatByte), deflateRawSync(JSON.stringify(columns), { level: 6 })]);
}

/** Reads what `encodeTracePart` wrote; the reason says what is wrong with other bytes. */
export function decodeTracePart(bytes: Uint8Array): Outcome<TracePart> {
  if (bytes[0] !== formatByte) return rejected('not a part of traces');
  try {
    const text = inflateRawSync(bytes.subarray(1), { maxOutputLength: unpackedBytesMax }).toString();
    const parsed = TracePart.safeParse(partOf(Columns.parse(JSON.parse(text))));
    return parsed.success ? accepted(parsed.data) : rejected('a part of traces with values out of bounds');
  } catch (error) {
    if (error instanceof Error) return rejected('a damaged part of traces');
    throw error;
  }
}

/** The columns as rows; what a short column lacks is undefined and refused by the schema. */
function partOf({ id, at, share, words, spans, lines }: Columns): unknown {
  const word = (index: number | undefined): string | undefined => (index === undefined ? undefined : words[index]);
  const spanErrors = new Set(spans.errors);
  const lineErrors = new Set(lines.errors);
  type Loose<Row> = { readonly [Key in keyof Row]: unknown };
  return {
    ...{ id, at, share },
    spans: spans.trace.map((trace, index): Loose<TraceSpan> => {
      const startMs = at + (spans.startUs[index] ?? Number.NaN) / 1000;
      return {
        traceId: word(trace),
        spanId: spans.id[index],
        parentId: spans.parent[index],
        asset: word(spans.asset[index]),
        operation: word(spans.operation[index]),
        startMs,
        endMs: startMs + (spans.lengthUs[index] ?? Number.NaN) / 1000,
        isError: spanErrors.has(index),
      };
    }),
    lines: lines.trace.map((trace, index): Loose<TraceLine> => {
      const after = lines.at[index];
      return {
        traceId: word(trace),
        spanId: lines.span[index],
        id: lines.id[index],
        asset: word(lines.asset[index]),
        at: after === undefined ? undefined : at + after,
        body: lines.body[index],
        isError: lineErrors.has(index),
      };
    }),
  };
}
