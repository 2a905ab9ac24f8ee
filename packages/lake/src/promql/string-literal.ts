import { HeliosError } from '@heliosiq/model';

const plainEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** Escapes of bytes that follow each other spell characters in UTF-8 together. */
const escape = /((?:\\x[0-9a-fA-F]{2}|\\[0-3][0-7]{2})+)|\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;

/** The text of a string literal of PromQL: quoted with the escapes of Go, or raw between backticks. */
export function textOfLiteral(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) return inner;
  return inner.replaceAll(escape, (_, bytes?: string, short?: string, long?: string, plain?: string) => {
    if (bytes !== undefined) return textOfBytes(bytes);
    const digits = short ?? long;
    if (digits !== undefined) return characterOf(Number.parseInt(digits, 16));
    const character = plainEscapes[plain ?? ''];
    if (character === undefined) throw unknownEscape(`\\${plain ?? ''}`);
    return character;
  });
}

function textOfBytes(escapes: string): string {
  const bytes = Array.from(escapes.matchAll(/\\(?:x(..)|(...))/g), ([, hex, octal]) =>
    hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16),
  );
  return Buffer.from(bytes).toString('utf8');
}

function characterOf(codePoint: number): string {
  if (codePoint > 0x10ffff) throw unknownEscape(codePoint.toString(16));
  return String.fromCodePoint(codePoint);
}

function unknownEscape(text: string): HeliosError {
  return new HeliosError('invalid-request', `The escape ${text} in a text is not known`, {
    field: 'query',
    cure: 'Write a backslash twice, or the text between backticks.',
  });
}
