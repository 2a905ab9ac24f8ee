/** Why one record was not taken. */
export interface RecordFault {
  readonly field?: string;
  readonly reason: string;
  readonly cure?: string;
}

/** A value of a sender as it may be quoted in a reason: at most 60 characters of JSON. */
export function quoted(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
