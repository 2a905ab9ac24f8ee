/**
 * Text that every store can keep: no U+0000 and no lone surrogate. PostgreSQL refuses both in `text` and `jsonb`
 * (https://www.postgresql.org/docs/current/datatype-json.html), and neither can be told apart from damage.
 */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** The text with U+0000 and lone surrogates replaced by U+FFFD, for free text where most of it is better than nothing. */
export function storableText(text: string): string {
  return isStorableText(text) ? text : text.replaceAll('\0', '\u{FFFD}').toWellFormed();
}

/** Path of the first name or string in parsed JSON that cannot be stored, e.g. `assets[2].id`; undefined when all can. */
export function unstorablePathOf(value: unknown): string | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : '';
  if (typeof value !== 'object' || value === null) return undefined;
  const isList = Array.isArray(value);
  for (const [key, item] of Object.entries(value)) {
    if (!isStorableText(key)) return isList ? '' : '(a property name)';
    const rest = unstorablePathOf(item);
    if (rest === undefined) continue;
    const step = isList ? `[${key}]` : key;
    return rest === '' || rest.startsWith('[') ? `${step}${rest}` : `${step}.${rest}`;
  }
  return undefined;
}
