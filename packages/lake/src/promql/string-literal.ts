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

const escape = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/g;

/** The text of a string literal of PromQL: quoted with the escapes of Go, or raw between backticks. */
export function textOfLiteral(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) return inner;
  return inner.replaceAll(escape, (_, hex?: string, short?: string, long?: string, octal?: string, plain?: string) => {
    const digits = hex ?? short ?? long;
    if (digits !== undefined) return characterOf(Number.parseInt(digits, 16));
    if (octal !== undefined) return characterOf(Number.parseInt(octal, 8));
    const character = plainEscapes[plain ?? ''];
    if (character === undefined) throw unknownEscape(`\\${plain ?? ''}`);
    return character;
  });
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
