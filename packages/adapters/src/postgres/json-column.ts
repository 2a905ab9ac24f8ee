import type { ColumnType } from 'kysely';

/**
 * A `json` column: written as text, read as a value. Not `jsonb`, which refuses NUL and half surrogates, both of which
 * a log line may contain.
 */
export type JsonColumn<Value> = ColumnType<Value, string, string>;

/** Text for a `text` column, which takes neither NUL nor half surrogates. */
export function columnText(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed();
}
