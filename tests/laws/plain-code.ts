import {
  type Breach,
  importsOf,
  isCode,
  isTest,
  lineAt,
  partsOf,
  type SourceFile,
  type SourceParts,
} from './source-text.ts';

interface Rule {
  readonly law: string;
  readonly cure: string;
  readonly part: keyof SourceParts;
  readonly expression: RegExp;
  readonly appliesTo?: (path: string) => boolean;
}

const isProduct = (path: string): boolean => isCode(path) && !path.endsWith('.mjs');

const noAny: Rule = {
  law: 'no `any`',
  cure: 'use `unknown` and parse it with a schema, or a generic',
  part: 'code',
  expression: /(?:[:<|&,(=]|=>|\bas|\bextends|\bis)\s*any\b(?=\s*(?:[;,)>\]|&={}[]|$))/gm,
  appliesTo: isProduct,
};

const noNonNull: Rule = {
  law: 'no non-null `!`',
  cure: 'handle the missing value, or throw a HeliosError that names it',
  part: 'code',
  expression: /[\w)\]]!(?=[.[(;,)])/g,
  appliesTo: isProduct,
};

const noEnum: Rule = {
  law: 'no enum, namespace or parameter property',
  cure: 'use a union of string literals, a module, or a plain field: sources run by type stripping',
  part: 'code',
  expression:
    /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?(?:enum|namespace)\s+\w+\s*\{|\bconstructor\s*\([^)]*\b(?:private|public|protected|readonly)\s+\w/gm,
  appliesTo: isProduct,
};

const noDecorator: Rule = {
  law: 'no decorators',
  cure: 'compose with functions',
  part: 'code',
  expression: /^\s*@[A-Za-z]\w*(?:\(|\s|$)/gm,
  appliesTo: isProduct,
};

const noSuppression: Rule = {
  law: 'no suppressed check',
  cure: 'mend the code; a rule that is wrong is changed for everybody in .oxlintrc.json or tsconfig.json',
  part: 'comments',
  expression: /@ts-(?:ignore|expect-error|nocheck)|(?:oxlint|eslint)-disable|(?:v8|c8|istanbul) ignore/g,
  appliesTo: isCode,
};

const noPromise: Rule = {
  law: 'no TODO or FIXME',
  cure: 'do it now, or open an issue',
  part: 'comments',
  expression: /\b(?:TODO|FIXME|XXX|HACK)\b/g,
  appliesTo: isCode,
};

const noSleep: Rule = {
  law: 'no sleeping in tests',
  cure: 'wait for the event itself, or poll with vi.waitFor',
  part: 'code',
  expression: /new Promise\b[^;]{0,120}\bsetTimeout\(/g,
  appliesTo: (path) => isCode(path) && isTest(path),
};

const noStopwatch: Rule = {
  law: 'no test expects a measured duration',
  cure: 'give the code a clock of the test (an option, vi.useFakeTimers), or leave it to the time limit of the test',
  part: 'code',
  expression: /\bexpect\(\s*(?:performance|Date)\.now\(\)\s*-/g,
  appliesTo: (path) => isCode(path) && isTest(path),
};

function applied(rule: Rule, files: readonly SourceFile[]): Breach[] {
  return files
    .filter(({ path }) => rule.appliesTo?.(path) ?? true)
    .flatMap(({ path, text }) =>
      [...partsOf(text)[rule.part].matchAll(rule.expression)].map((match) => {
        const start = match.index + match[0].length - match[0].trimStart().length;
        return { path: `${path}:${lineAt(text, start)}`, law: rule.law, cure: rule.cure };
      }),
    );
}

/** A value is `unknown` until it is parsed; `any` switches the compiler off. */
export const anyLaw = (files: readonly SourceFile[]): Breach[] => applied(noAny, files);
/** A missing value is handled, not denied. */
export const nonNullLaw = (files: readonly SourceFile[]): Breach[] => applied(noNonNull, files);
/** Sources run by type stripping, so only syntax that can be erased is allowed. */
export const erasableLaw = (files: readonly SourceFile[]): Breach[] => applied(noEnum, files);
/** Behaviour is composed with functions. */
export const decoratorLaw = (files: readonly SourceFile[]): Breach[] => applied(noDecorator, files);
/** A check that complains is answered, not silenced. */
export const suppressionLaw = (files: readonly SourceFile[]): Breach[] => applied(noSuppression, files);
/** Work left over belongs into an issue. */
export const leftoverLaw = (files: readonly SourceFile[]): Breach[] => applied(noPromise, files);
/** A test that sleeps is slow when it passes and flaky when it fails. */
export function sleepLaw(files: readonly SourceFile[]): Breach[] {
  const importers = files.filter(
    ({ path, text }) =>
      isCode(path) && isTest(path) && importsOf(text).some(({ module }) => /^(?:node:)?timers\/promises$/.test(module)),
  );
  return [...applied(noSleep, files), ...importers.map(({ path }) => ({ path, law: noSleep.law, cure: noSleep.cure }))];
}
/** How long something takes is the machine's matter, and it may be busy or stand still for a moment. */
export const stopwatchLaw = (files: readonly SourceFile[]): Breach[] => applied(noStopwatch, files);
