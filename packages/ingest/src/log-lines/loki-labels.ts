import { HeliosError } from '@heliosiq/model';

/** Reads the labels of a stream as Loki's protobuf form writes them: `{app="web", pod="a\\"b"}`. Throws `invalid-request`. */
export function readLokiLabels(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const labelForm = /\s*([a-zA-Z_][\w.]*)\s*=\s*"((?:[^"\\]|\\[^])*)"\s*(,|\}$)/y;
  const trimmed = text.trim();
  if (/^\{\s*\}$/.test(trimmed)) return labels;
  if (!trimmed.startsWith('{')) throw bad(text);
  for (let at = 1; at < trimmed.length;) {
    labelForm.lastIndex = at;
    const match = labelForm.exec(trimmed);
    if (match === null) throw bad(text);
    labels.set(match[1] ?? '', unescaped(match[2] ?? ''));
    at = labelForm.lastIndex;
    if (match[3] === '}') return labels;
  }
  throw bad(text);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** The escapes of a Go string (https://go.dev/ref/spec#String_literals) that occur in labels. */
function unescaped(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g,
    (_, four?: string, two?: string, one?: string) => {
      const code = four ?? two;
      return code === undefined ? (escapes[one ?? ''] ?? one ?? '') : String.fromCharCode(Number.parseInt(code, 16));
    },
  );
}

function bad(text: string): HeliosError {
  return new HeliosError('invalid-request', `The labels of a stream cannot be read: ${text.slice(0, 100)}`, {
    field: 'labels',
    cure: 'Write {name="value", …}',
  });
}
