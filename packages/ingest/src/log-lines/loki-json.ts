import { HeliosError } from '@heliosiq/model';
import { fieldPathOf } from '@heliosiq/model/field-path.ts';
import { parseJsonText } from '@heliosiq/model/json-text.ts';
import { z } from 'zod';
import { tooManyLines } from './loki-wire.ts';
import type { LokiEntry, LokiStream } from './loki-wire.ts';

const Words = z.record(z.string(), z.string());
const Entry = z.tuple([z.string().regex(/^\d{1,20}$/, 'give nanoseconds as digits'), z.string()]).rest(z.unknown());
const Push = z.object({ streams: z.array(z.object({ stream: Words.default({}), values: z.array(Entry) })) });

/**
 * Reads Loki's JSON form: `{"streams": [{"stream": {…labels}, "values": [["<ns>", "<line>", {…metadata}?], …]}]}`
 * (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs). Throws `invalid-json`, `invalid-request`, `too-large`.
 */
export function readLokiJson(body: Buffer, entriesMax: number): readonly LokiStream[] {
  const parsed = Push.safeParse(parseJsonText(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = fieldPathOf(issue?.path ?? []);
    throw new HeliosError('invalid-request', `${field}: ${issue?.message ?? 'it is not a push request'}`, {
      field,
      cure: 'Send {"streams":[{"stream":{…},"values":[["<nanoseconds>","<line>"]]}]}',
    });
  }
  const { streams } = parsed.data;
  if (streams.reduce((sum, { values }) => sum + values.length, 0) > entriesMax) throw tooManyLines();
  return streams.map(({ stream, values }) => ({
    labels: new Map(Object.entries(stream)),
    entries: values.map(([ns, line, metadata]): LokiEntry => ({ ns, line, metadata: metadataOf(metadata) })),
  }));
}

/** Metadata that is not what it should be is left out: the line is worth more. */
function metadataOf(metadata: unknown): ReadonlyMap<string, string> {
  const parsed = Words.safeParse(metadata ?? {});
  return new Map(parsed.success ? Object.entries(parsed.data) : []);
}
