/** One file of the repository; `path` is relative to the root and uses forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A broken law: which file, what is wrong there, and how to mend it. */
export interface Breach {
  readonly path: string;
  readonly law: string;
  readonly cure: string;
}

/** A text taken apart; every part has the length and the line breaks of the whole, with the rest blanked. */
export interface SourceParts {
  /** Without comments and without the contents of strings and regular expressions. */
  readonly code: string;
  /** Without comments, strings kept. */
  readonly codeWithStrings: string;
  /** Only the comments. */
  readonly comments: string;
}

const codeFile = /\.(ts|tsx|mjs)$/;
const wordsBeforePattern = /\b(?:return|typeof|case|of|in|void|await|yield)$/;

/** Whether a file holds TypeScript or JavaScript. */
export function isCode(path: string): boolean {
  return codeFile.test(path);
}

/** Whether a file is a test or part of one. */
export function isTest(path: string): boolean {
  return (
    /\.test\.tsx?$/.test(path) ||
    path.startsWith('tests/') ||
    path.includes('/conformance/') ||
    path.includes('/testing/')
  );
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}

function startsPattern(before: string): boolean {
  const trimmed = before.trimEnd();
  return trimmed === '' || /[(,=:[!&|?{;+*%~^-]$|=>$/.test(trimmed) || wordsBeforePattern.test(trimmed);
}

const commentOrQuote = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const quoted = /'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?/y;
const pattern = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const templatePart = /(?:\\[\s\S]|(?!\$\{)[^`\\])*/y;

function matchAt(expression: RegExp, text: string, position: number): string {
  expression.lastIndex = position;
  return expression.exec(text)?.[0] ?? '';
}

/** Texts already taken apart: every law asks for the same ones. */
const known = new Map<string, SourceParts>();

/** Takes a source text apart into code, strings and comments; template holes count as code. */
export function partsOf(text: string): SourceParts {
  const parts = known.get(text) ?? takeApart(text);
  known.set(text, parts);
  return parts;
}

function takeApart(text: string): SourceParts {
  let code = '';
  let codeWithStrings = '';
  let comments = '';
  let position = 0;
  // One entry for each open template hole: how many braces are open inside it.
  const holes: number[] = [];
  const take = (piece: string, kind: 'code' | 'string' | 'comment'): void => {
    code += kind === 'code' ? piece : blank(piece);
    codeWithStrings += kind === 'comment' ? blank(piece) : piece;
    comments += kind === 'comment' ? piece : blank(piece);
    position += piece.length;
  };
  const takeTemplate = (): void => {
    take(matchAt(templatePart, text, position), 'string');
    if (text.startsWith('${', position)) {
      take('${', 'code');
      holes.push(0);
    } else if (text[position] === '`') take('`', 'code');
  };
  while (position < text.length) {
    const character = text.charAt(position);
    const comment = character === '/' ? matchAt(commentOrQuote, text, position) : '';
    if (comment !== '') {
      take(comment, 'comment');
      continue;
    }
    const string = character === "'" || character === '"' ? matchAt(quoted, text, position) : '';
    const expression = character === '/' && startsPattern(code.slice(-80)) ? matchAt(pattern, text, position) : '';
    if (string !== '') {
      take(string.charAt(0), 'code');
      take(string.slice(1), 'string');
    } else if (expression !== '') {
      take(expression, 'string');
    } else if (character === '`') {
      take('`', 'code');
      takeTemplate();
    } else {
      const depth = holes.at(-1);
      take(character, 'code');
      if (depth === undefined) continue;
      if (character === '{') holes[holes.length - 1] = depth + 1;
      if (character === '}' && depth > 0) holes[holes.length - 1] = depth - 1;
      if (character === '}' && depth === 0) {
        holes.pop();
        takeTemplate();
      }
    }
  }
  return { code, codeWithStrings, comments };
}

/** One import, re-export or dynamic import of a module. */
export interface ImportStatement {
  readonly module: string;
  /** True if nothing of it is left at run time. */
  readonly isTypeOnly: boolean;
}

const importForms =
  /\b(?:import|export)\s+(type\s+)?(?:[\w$*\s{},]+?\s+from\s+)?(['"])([^'"\n]+)\2|\bimport\(\s*(['"])([^'"\n]+)\4/g;

/** Every module that a source text names. */
export function importsOf(text: string): ImportStatement[] {
  const { code, codeWithStrings } = partsOf(text);
  return [...codeWithStrings.matchAll(importForms)]
    .filter((match) => code.startsWith(match[0].slice(0, 6), match.index))
    .map((match) => ({ module: match[3] ?? match[5] ?? '', isTypeOnly: match[1] !== undefined }));
}

/** The line number, from 1, of a position in a text. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
