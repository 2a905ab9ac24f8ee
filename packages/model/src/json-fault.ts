/** Where a text stops being JSON; `line` and `column` count from 1. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const escapeForm = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const wordForm = /true|false|null/y;

/**
 * Finds the first fault of a text that `JSON.parse` refused; the engine's own message has no position for some faults.
 * The grammar is that of RFC 8259. It recurses as deep as the text is nested, so check the depth first; runs of
 * characters are read by loops, because megabytes of them would exhaust the stack of a regular expression.
 */
export function jsonFaultOf(text: string): JsonFault {
  let at = 0;

  function match(form: RegExp): boolean {
    form.lastIndex = at;
    if (!form.test(text)) return false;
    at = form.lastIndex;
    return true;
  }

  function skip(characters: string): void {
    while (at < text.length && characters.includes(text.charAt(at))) at++;
  }

  function isNext(character: string): boolean {
    skip(' \t\r\n');
    if (text[at] !== character) return false;
    at++;
    return true;
  }

  // Each reader answers what it had expected at `at`, or undefined when it read to its end.
  function readValue(): string | undefined {
    skip(' \t\r\n');
    if (text[at] === '{') return readList('}', readMember);
    if (text[at] === '[') return readList(']', readValue);
    if (text[at] === '"') return readString();
    return match(wordForm) || readNumber() ? undefined : 'a value';
  }

  function readNumber(): boolean {
    const start = at;
    skip('0123456789+-.eE');
    if (at - start > 1000 || numberForm.test(text.slice(start, at))) return true;
    at = start;
    return false;
  }

  function readString(): string | undefined {
    at++;
    while (text[at] !== '"') {
      const isFine = text[at] === '\\' ? match(escapeForm) : text.charCodeAt(at++) >= 0x20;
      if (!isFine) return 'a string that ends, without bare control characters or unknown escapes';
    }
    at++;
    return undefined;
  }

  function readMember(): string | undefined {
    skip(' \t\r\n');
    if (text[at] !== '"') return 'a property name in double quotes';
    const expected = readString();
    if (expected !== undefined) return expected;
    return isNext(':') ? readValue() : '":" after the property name';
  }

  function readList(close: ']' | '}', readItem: () => string | undefined): string | undefined {
    at++;
    if (isNext(close)) return undefined;
    for (;;) {
      const expected = readItem();
      if (expected !== undefined) return expected;
      if (isNext(close)) return undefined;
      if (!isNext(',')) return `"," or "${close}"`;
    }
  }

  const expected = readValue() ?? 'nothing more';
  skip(' \t\r\n');
  const found = at >= text.length ? 'the text ends' : `there is ${JSON.stringify(text.slice(at, at + 12))}`;
  return { ...placeOf(text, Math.min(at, text.length)), reason: `expected ${expected}, but ${found}` };
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', end + 1)) {
    line++;
    lineStart = end + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
