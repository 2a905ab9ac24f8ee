import { parseRegex, refused, type RegexNode } from './regex-syntax.ts';
import type { CodeRanges } from './regex-characters.ts';

/** Instructions of a program at most: a bound of the work per character. */
const instructionsMax = 5000;

type Instruction =
  | { readonly kind: 'character'; readonly ranges: CodeRanges; readonly next: number }
  /** Goes on at all, the first one before the others. */
  | { readonly kind: 'split'; targets: readonly number[] }
  | { readonly kind: 'save'; readonly slot: number; readonly next: number }
  | { readonly kind: 'anchor'; readonly side: 'begin' | 'end'; readonly next: number }
  | { readonly kind: 'match' };

/** Where groups begin and end, two slots a group, in code points; -1 where a group took no part. */
type Slots = readonly number[];

/**
 * Expands a template with what a regular expression captures in a whole text: `$1`, `${name}`, `$$` for a dollar.
 * Undefined for a text that does not match. In time linear in the text, by following all ways at once in the order of
 * their preference (Pike's machine, https://swtch.com/~rsc/regexp/regexp2.html).
 */
export function compileCapture(pattern: string): (text: string, template: string) => string | undefined {
  const tree = parseRegex(pattern);
  const names = namesIn(tree);
  const { program, begin, slotCount } = compiled(tree, pattern);
  return (text, template) => {
    const characters = Array.from(text);
    const slots = run({ program, begin, slotCount }, characters);
    return slots === undefined ? undefined : expanded(template, (word) => captured(word, names, { slots, characters }));
  };
}

interface Program {
  readonly program: readonly Instruction[];
  readonly begin: number;
  readonly slotCount: number;
}

function compiled(tree: RegexNode, pattern: string): Program {
  const program: Instruction[] = [{ kind: 'match' }];
  let slotCount = 2;

  function add(instruction: Instruction): number {
    if (program.length >= instructionsMax) throw refused(pattern, 'it is too large');
    return program.push(instruction) - 1;
  }

  /** Builds a part whose matches go on at `next`; answers where it begins. */
  function build(node: RegexNode, next: number): number {
    switch (node.kind) {
      case 'character':
        return add({ kind: 'character', ranges: node.ranges, next });
      case 'anchor':
        return add({ kind: 'anchor', side: node.side, next });
      case 'sequence':
        return node.parts.reduceRight((following, part) => build(part, following), next);
      case 'choice':
        return add({ kind: 'split', targets: node.options.map((option) => build(option, next)) });
      case 'group': {
        slotCount = Math.max(slotCount, node.index * 2 + 2);
        const end = add({ kind: 'save', slot: node.index * 2 + 1, next });
        return add({ kind: 'save', slot: node.index * 2, next: build(node.part, end) });
      }
      case 'repeat':
        return buildRepeat(node, next);
    }
  }

  function buildRepeat({ part, min, max, isGreedy }: RegexNode & { readonly kind: 'repeat' }, next: number): number {
    const either = (body: number, after: number): readonly number[] => (isGreedy ? [body, after] : [after, body]);
    let begin = next;
    if (max === Infinity) {
      const loop: Instruction & { readonly kind: 'split' } = { kind: 'split', targets: [] };
      begin = add(loop);
      loop.targets = either(build(part, begin), next);
    } else {
      for (let count = min; count < max; count += 1)
        begin = add({ kind: 'split', targets: either(build(part, begin), next) });
    }
    for (let count = 0; count < min; count += 1) begin = build(part, begin);
    return begin;
  }

  const begin = build(tree, 0);
  return { program, begin, slotCount };
}

interface Thread {
  readonly at: number;
  readonly slots: Slots;
}

function run({ program, begin, slotCount }: Program, characters: readonly string[]): Slots | undefined {
  /** The threads that a place leads to without a character, in the order of preference. */
  function follow(from: Thread, position: number, { into, seen }: { into: Thread[]; seen: Set<number> }): void {
    const open: Thread[] = [from];
    for (let thread = open.pop(); thread !== undefined; thread = open.pop()) {
      const { at, slots } = thread;
      if (seen.has(at)) continue;
      seen.add(at);
      const instruction = program[at];
      switch (instruction?.kind) {
        case 'split':
          for (const target of instruction.targets.toReversed()) open.push({ at: target, slots });
          break;
        case 'save':
          open.push({ at: instruction.next, slots: slots.with(instruction.slot, position) });
          break;
        case 'anchor':
          if (position === (instruction.side === 'begin' ? 0 : characters.length))
            open.push({ at: instruction.next, slots });
          break;
        case 'character':
        case 'match':
          into.push(thread);
          break;
        case undefined:
          break;
      }
    }
  }

  let threads: Thread[] = [];
  follow({ at: begin, slots: new Array<number>(slotCount).fill(-1) }, 0, { into: threads, seen: new Set() });
  for (const [position, character] of characters.entries()) {
    const code = character.codePointAt(0) ?? 0;
    const next: Thread[] = [];
    const seen = new Set<number>();
    for (const { at, slots } of threads) {
      const instruction = program[at];
      if (instruction?.kind !== 'character') continue;
      if (!instruction.ranges.some(([low, high]) => code >= low && code <= high)) continue;
      follow({ at: instruction.next, slots }, position + 1, { into: next, seen });
    }
    threads = next;
    if (threads.length === 0) return undefined;
  }
  const slots = threads.find(({ at }) => program[at]?.kind === 'match')?.slots;
  return slots?.with(0, 0).with(1, characters.length);
}

/** A template with its `$` filled in; a dollar that names nothing stands for itself. */
function expanded(template: string, valueOf: (word: string) => string): string {
  return template.replaceAll(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar?: string, braced?: string, bare?: string) =>
    dollar !== undefined ? '$' : valueOf(braced ?? bare ?? ''),
  );
}

interface Match {
  readonly slots: Slots;
  readonly characters: readonly string[];
}

function captured(word: string, names: ReadonlyMap<string, number>, { slots, characters }: Match): string {
  const index = /^\d+$/.test(word) ? Number(word) : (names.get(word) ?? -1);
  const [from = -1, to = -1] = [slots[index * 2], slots[index * 2 + 1]];
  return index < 0 || from < 0 || to < 0 ? '' : characters.slice(from, to).join('');
}

function namesIn(tree: RegexNode): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  const open: RegexNode[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === 'group' && node.name !== undefined) names.set(node.name, node.index);
    if (node.kind === 'sequence') open.push(...node.parts);
    else if (node.kind === 'choice') open.push(...node.options);
    else if (node.kind === 'group' || node.kind === 'repeat') open.push(node.part);
  }
  return names;
}
