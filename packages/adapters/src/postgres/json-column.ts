import { sql, type ColumnType, type RawBuilder } from 'kysely';

/**
 * A `json` column: written as text, read as a value. Not `jsonb`, which refuses NUL and half surrogates, both of which
 * a log line may contain.
 */
export type JsonColumn<Value> = ColumnType<Value, string, string>;

/** Values of a `json` column for `unnest`. JSON has no line feed in it but as an escape: such texts need no quoting of their own. */
export function jsonArray(values: readonly object[]): RawBuilder<unknown> {
  return sql`string_to_array(${jsonLines(values)}, E'\\n')::json[]`;
}

const lineFeed = 0x0a;

/** UTF-8 takes at most so many bytes for each unit of a string's length. */
const bytesPerUnitMax = 3;

const scratchBytes = 65_536;
const scratchBytesKept = 1_000_000;

/** Values are put together here and copied from here once. */
let scratch = Buffer.allocUnsafeSlow(scratchBytes);

/**
 * JSON of values, one a line, as bytes that the driver sends as they are: a long text would be copied by each collection until
 * the statement is through.
 */
function jsonLines(values: readonly object[]): Buffer {
  let length = 0;
  for (const value of values) {
    const json = JSON.stringify(value);
    const needed = length + 1 + bytesPerUnitMax * json.length;
    if (needed > scratch.length) scratch = Buffer.concat([scratch], 2 * needed);
    if (length > 0) scratch[length++] = lineFeed;
    length += scratch.write(json, length);
  }
  const lines = Buffer.from(scratch.subarray(0, length));
  if (scratch.length > scratchBytesKept) scratch = Buffer.allocUnsafeSlow(scratchBytes);
  return lines;
}

/** Text for a `text` column, which takes neither NUL nor half surrogates. */
export function columnText(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed();
}
