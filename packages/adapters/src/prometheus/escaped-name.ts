/** Names that every server takes: Prometheus before 3.0, and others until today, know no further characters. */
const plainNames = {
  metric: /^[a-zA-Z_:][a-zA-Z0-9_:]*$/,
  label: /^[a-zA-Z_][a-zA-Z0-9_]*$/,
} as const;

const prefix = 'U__';

/** True when a name can be written and asked for as it is. */
export function isPlainName(name: string, kind: keyof typeof plainNames): boolean {
  return plainNames[kind].test(name) && !name.startsWith(prefix);
}

/**
 * A name of plain characters from which the given one can be read again: `http.status` is `U__http_2e_status`. This is the
 * escaping of Prometheus for clients that do not know UTF-8 names
 * (https://prometheus.io/docs/instrumenting/escaping_schemes/, "values").
 */
export function escapedName(name: string): string {
  let escaped = prefix;
  for (const character of name) {
    if (character === '_') escaped += '__';
    else if (/[a-zA-Z0-9]/.test(character)) escaped += character;
    else escaped += `_${(character.codePointAt(0) ?? 0).toString(16)}_`;
  }
  return escaped;
}

/** The name that `escapedName` or another writer of that scheme was given; any other name as it is. */
export function unescapedName(name: string): string {
  if (!name.startsWith(prefix)) return name;
  const body = name.slice(prefix.length);
  if (!/^(?:[a-zA-Z0-9:]|__|_[0-9a-fA-F]{1,6}_)*$/.test(body)) return name;
  return body.replace(/__|_([0-9a-fA-F]{1,6})_/g, (_, code: string | undefined) =>
    code === undefined ? '_' : characterOf(Number.parseInt(code, 16)),
  );
}

function characterOf(codePoint: number): string {
  return codePoint > 0x10ffff ? '\uFFFD' : String.fromCodePoint(codePoint);
}
