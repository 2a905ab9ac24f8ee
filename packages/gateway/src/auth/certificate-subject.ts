/**
 * A certificate's subject in one form, so that two ways to write one name are equal: RFC 4514 without optional spaces,
 * attribute types in capitals. Takes RFC 4514 (`CN=plant-7, O=Acme`) and the lines in which Node's `X509Certificate`
 * gives it, which are in the order of the certificate, the reverse of RFC 4514. Undefined for what is no name.
 */
export function canonicalSubject(subject: string): string | undefined {
  const isLines = subject.includes('\n');
  const parts = isLines ? subject.split('\n').filter((line) => line !== '') : splitUnescaped(subject, ',');
  const names = parts.map(canonicalPart);
  if (names.length === 0 || !names.every((name) => name !== undefined)) return undefined;
  return (isLines ? names.toReversed() : names).join(',');
}

/** One relative name, `CN=plant-7` or several joined by `+`, in the order of their types. */
function canonicalPart(part: string): string | undefined {
  const attributes = splitUnescaped(part, '+').map((attribute) => {
    const [, type, value] = /^\s*([A-Za-z][\w-]*|\d+(?:\.\d+)*)\s*=\s*(.*?)\s*$/s.exec(attribute) ?? [];
    return type === undefined || value === undefined ? undefined : `${type.toUpperCase()}=${withoutHex(value)}`;
  });
  return attributes.every((attribute) => attribute !== undefined) ? attributes.toSorted().join('+') : undefined;
}

/** Characters that are written as escaped bytes of UTF-8, as themselves. */
function withoutHex(value: string): string {
  return value.replace(/(?:\\[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll('\\', ''), 'hex')
      .toString('utf8')
      .replace(/[,+"\\<>;]/g, '\\$&'),
  );
}

/** The parts between separators that no backslash precedes. */
function splitUnescaped(text: string, separator: ',' | '+'): string[] {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') part += character + text.charAt(++at);
    else if (character === separator) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part];
}
