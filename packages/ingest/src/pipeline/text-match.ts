import { RE2JS } from 're2js';
import { HeliosError } from '@heliosiq/model';

/** Tells whether a text is meant, and what the groups of an expression found in it; `undefined` when it is not meant. */
export type TextMatch = (text: string) => readonly string[] | undefined;

const expressionForm = /^\/([^]+)\/(i?)$/;
const expressionLengthMax = 1000;
const noGroups: readonly string[] = [];

/**
 * Compiles words of the configuration: `/expression/` or `/expression/i` (RE2 syntax, linear time), a pattern with
 * `*` and `?` for any characters, or the exact text; of a list any. Throws `config-invalid`.
 */
export function compileMatch(words: string | readonly string[]): TextMatch {
  if (typeof words !== 'string') {
    const matches = words.map((each) => compileMatch(each));
    return (text) => {
      for (const match of matches) {
        const groups = match(text);
        if (groups !== undefined) return groups;
      }
      return undefined;
    };
  }
  const form = expressionForm.exec(words);
  if (form === null && !/[*?]/.test(words)) return (text) => (text === words ? noGroups : undefined);
  const expression = form === null ? compileExpression(`^${globSource(words)}$`, true) : compileExpressionWords(words);
  return (text) => {
    const matcher = expression.matcher(text);
    if (!matcher.find()) return undefined;
    return Array.from({ length: matcher.groupCount() }, (_, index) => matcher.group(index + 1) ?? '');
  };
}

/** Compiles `/expression/` or `/expression/i`. Throws `config-invalid` with what is wrong. */
export function compileExpressionWords(words: string): RE2JS {
  const form = expressionForm.exec(words);
  if (form === null) throw badExpression(words, 'an expression stands between slashes');
  const [, source = '', flags] = form;
  return compileExpression(source, false, flags === 'i');
}

/** RE2 has no backtracking: whatever the expression and the text, the time is linear in the text (Cox 2007). */
function compileExpression(source: string, isDotAll: boolean, isCaseless = false): RE2JS {
  if (source.length > expressionLengthMax) throw badExpression(source, `at most ${expressionLengthMax} characters`);
  try {
    const flags = (isCaseless ? RE2JS.CASE_INSENSITIVE : 0) | (isDotAll ? RE2JS.DOTALL : 0);
    return RE2JS.compile(RE2JS.translateRegExp(source), flags);
  } catch (cause) {
    throw badExpression(source, cause instanceof Error ? cause.message : String(cause));
  }
}

function globSource(words: string): string {
  let source = '';
  for (const character of words) {
    source += character === '*' ? '.*' : character === '?' ? '.' : RE2JS.quote(character);
  }
  return source;
}

function badExpression(source: string, reason: string): HeliosError {
  return new HeliosError('config-invalid', `"${source.slice(0, 100)}" is not an expression: ${reason}`, {
    cure: 'Use RE2 syntax between slashes (no look-ahead, no back-references)',
  });
}
