import { furtherWords, isTrue, templateFunctions, textOf, type TemplateValue } from './template-functions.ts';

/** What the template of an alert speaks of. */
export interface TemplateSubject {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A template, read; what cannot be worked out here stays as it is written. */
type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly pipeline: Pipeline }
  | { readonly kind: 'choice'; readonly branches: readonly Branch[] };

interface Branch {
  /** Absent for `else`. */
  readonly condition?: Pipeline;
  readonly parts: readonly Part[];
}

/** Commands of which each gets the result of the one before as its last argument. */
type Pipeline = readonly Command[];

interface Command {
  readonly name?: string;
  readonly operands: readonly Operand[];
}

type Operand =
  | { readonly kind: 'literal'; readonly value: TemplateValue }
  | { readonly kind: 'labels'; readonly name?: string }
  | { readonly kind: 'value' }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline };

const templateLengthMax = 10_000;
const depthMax = 20;
const textLengthMax = 10_000;

/** What is wrong with a template in any reader's eyes; undefined for a sound one. */
export function templateFault(template: string): string | undefined {
  if (template.length > templateLengthMax) return `a template has at most ${templateLengthMax} characters`;
  try {
    parseTemplate(template);
    return undefined;
  } catch (error) {
    return error instanceof TemplateError ? error.message : 'it cannot be read as a template';
  }
}

/**
 * A text of an alert with its template worked out: `{{ $labels.x }}`, `{{ $value | humanize }}`, `{{ if }}` and the functions
 * of `template-functions.ts`, as in Prometheus. Actions that would have to ask the store stay as they are written.
 */
export function renderTemplate(template: string, subject: TemplateSubject): string {
  if (!template.includes('{{')) return template;
  try {
    return render(parseTemplate(template), subject).slice(0, textLengthMax);
  } catch (error) {
    if (error instanceof TemplateError) return template;
    throw error;
  }
}

class TemplateError extends Error {}

function render(parts: readonly Part[], subject: TemplateSubject): string {
  return parts.map((part) => renderPart(part, subject)).join('');
}

function renderPart(part: Part, subject: TemplateSubject): string {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'value') return textOf(evaluate(part.pipeline, subject));
  const chosen = part.branches.find(({ condition }) => condition === undefined || isTrue(evaluate(condition, subject)));
  return chosen === undefined ? '' : render(chosen.parts, subject);
}

function evaluate(pipeline: Pipeline, subject: TemplateSubject): TemplateValue | undefined {
  let last: TemplateValue | undefined;
  for (const [index, { name, operands }] of pipeline.entries()) {
    const given = operands.map((operand) => worth(operand, subject));
    if (index > 0 && last !== undefined) given.push(last);
    last = name === undefined ? given[0] : templateFunctions[name]?.(given);
  }
  return last;
}

function worth(operand: Operand, subject: TemplateSubject): TemplateValue {
  switch (operand.kind) {
    case 'literal':
      return operand.value;
    case 'labels':
      return operand.name === undefined ? subject.labels : (subject.labels[operand.name] ?? '');
    case 'value':
      return subject.value;
    case 'pipeline':
      return evaluate(operand.pipeline, subject) ?? '';
  }
}

/** An action between `{{` and `}}`, or the text between two of them. */
interface Piece {
  readonly isAction: boolean;
  /** Without the braces. */
  readonly text: string;
  readonly written: string;
}

function piecesOf(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let place = 0;
  let trimsStart = false;
  const addText = (end: number, trimsEnd: boolean): void => {
    let text = template.slice(place, end);
    if (trimsStart) text = text.trimStart();
    if (trimsEnd) text = text.trimEnd();
    if (text !== '') pieces.push({ isAction: false, text, written: text });
  };
  for (;;) {
    const start = template.indexOf('{{', place);
    if (start === -1) break;
    const end = template.indexOf('}}', start);
    if (end === -1) throw new TemplateError('an action {{ is not closed by }}');
    const inner = template.slice(start + 2, end);
    addText(start, inner.startsWith('- '));
    trimsStart = inner.endsWith(' -');
    const text = inner.replace(/^- /, '').replace(/ -$/, '').trim();
    if (!text.startsWith('/*')) pieces.push({ isAction: true, text, written: template.slice(start, end + 2) });
    place = end + 2;
  }
  addText(template.length, false);
  return pieces;
}

function parseTemplate(template: string): readonly Part[] {
  const pieces = piecesOf(template);
  // Blocks over what only the store knows: nothing in them can be worked out.
  const isBeyond = pieces.some(({ isAction, text }) => isAction && /^(range|with|define|template|block)\b/.test(text));
  if (isBeyond) return [{ kind: 'text', text: template }];
  let place = 0;

  function parts(depth: number): readonly Part[] {
    if (depth > depthMax) throw new TemplateError('it is nested too deeply');
    const found: Part[] = [];
    for (let piece = pieces[place]; piece !== undefined; piece = pieces[place]) {
      if (piece.isAction && /^(else|end)\b/.test(piece.text)) {
        if (depth === 0) throw new TemplateError(`{{ ${piece.text} }} without an if`);
        return found;
      }
      place += 1;
      if (!piece.isAction) found.push({ kind: 'text', text: piece.text });
      else if (/^if\b/.test(piece.text)) found.push(choice(piece.text.slice(2), depth));
      else found.push(valueOrText(piece));
    }
    if (depth > 0) throw new TemplateError('an if without its {{ end }}');
    return found;
  }

  function choice(condition: string, depth: number): Part {
    const branches: Branch[] = [{ condition: pipelineOf(condition), parts: parts(depth + 1) }];
    for (;;) {
      const word = pieces[place++]?.text ?? '';
      if (word === 'end') return { kind: 'choice', branches };
      const further = /^else\s+if\b(.*)$/s.exec(word);
      branches.push({
        ...(further === null ? {} : { condition: pipelineOf(further[1] ?? '') }),
        parts: parts(depth + 1),
      });
    }
  }

  return parts(0);
}

function valueOrText({ text, written }: Piece): Part {
  if (text === '') throw new TemplateError('an action {{ }} is empty');
  const words = text.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, '').match(/(?<![\w$.])[A-Za-z]\w*/g) ?? [];
  const isVariable = /^\$\w*\s*:?=/.test(text);
  const isBeyond =
    isVariable || words.some((word) => furtherWords.has(word)) || /\$externalLabels|\$externalURL/.test(text);
  return isBeyond ? { kind: 'text', text: written } : { kind: 'value', pipeline: pipelineOf(text) };
}

const token =
  /\s*(?:("(?:[^"\\]|\\.)*")|(`[^`]*`)|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(\$?\.?[A-Za-z_][\w.]*|\$|\.)|([()|]))/y;

function pipelineOf(text: string): Pipeline {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (text.slice(token.lastIndex).trim() !== '') {
    const at = token.lastIndex;
    const found = token.exec(text);
    if (found === null) throw new TemplateError(`"${text.slice(at).trim().slice(0, 40)}" is not understood`);
    tokens.push(found[0].trim());
  }
  let place = 0;

  function pipeline(depth: number): Pipeline {
    if (depth > depthMax) throw new TemplateError('it is nested too deeply');
    const commands: Command[] = [command(depth)];
    while (tokens[place] === '|') {
      place += 1;
      commands.push(command(depth));
    }
    return commands;
  }

  function command(depth: number): Command {
    const operands: Operand[] = [];
    let name: string | undefined;
    for (let word = tokens[place]; word !== undefined && word !== '|' && word !== ')'; word = tokens[place]) {
      place += 1;
      if (word === '(') {
        operands.push({ kind: 'pipeline', pipeline: pipeline(depth + 1) });
        if (tokens[place++] !== ')') throw new TemplateError('a bracket is not closed');
        continue;
      }
      const operand = operandOf(word);
      if (operand !== undefined) operands.push(operand);
      else if (name === undefined && operands.length === 0 && word in templateFunctions) name = word;
      else throw new TemplateError(`"${word}" is not understood`);
    }
    if (name === undefined && operands.length !== 1) throw new TemplateError('a value or a function is missing');
    return name === undefined ? { operands } : { name, operands };
  }

  const read = pipeline(0);
  if (place < tokens.length) throw new TemplateError(`"${tokens[place] ?? ''}" is not understood`);
  return read;
}

function operandOf(word: string): Operand | undefined {
  if (word.startsWith('"')) return { kind: 'literal', value: unquoted(word) };
  if (word.startsWith('`')) return { kind: 'literal', value: word.slice(1, -1) };
  if (/^-?\d/.test(word)) return { kind: 'literal', value: Number(word) };
  if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
  if (word === '$value' || word === '.Value' || word === '$.Value') return { kind: 'value' };
  const labels = /^(?:\$labels|\.Labels|\$\.Labels)(?:\.(\w+))?$/.exec(word);
  if (labels === null) return undefined;
  return labels[1] === undefined ? { kind: 'labels' } : { kind: 'labels', name: labels[1] };
}

function unquoted(word: string): string {
  try {
    return String(JSON.parse(word));
  } catch {
    throw new TemplateError(`${word.slice(0, 40)} is no text`);
  }
}
