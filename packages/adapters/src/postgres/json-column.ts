import { sql, type ColumnType, type RawBuilder } from 'kysely';

/**
 * A `json` column: written as text, read as a value. Not `jsonb`, which refuses NUL and half surrogates, both of which
 * a log line may contain.
 */
export type JsonColumn<Value> = ColumnType<Value, string, string>;

/** Values of a `json` column for `unnest`. JSON has no line feed in it but as an escape: such texts need no quoting of their own. */
export function jsonArray(values: readonly object[]): RawBuilder<unknown> {
  return sql`string_to_array(${values.map((value) => JSON.stringify(value)).join('\n')}, E'\\n')::json[]`;
}

/** Text for a `text` column, which takes neither NUL nor half surrogates. */
export function columnText(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed();
}
