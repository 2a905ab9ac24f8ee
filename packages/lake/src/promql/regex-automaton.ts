import type { CodeRanges } from './regex-characters.ts';
import { parseRegex, refused, type RegexNode } from './regex-syntax.ts';

/** States of an automaton at most: a bound of memory and of work per character. */
const statesMax = 50_000;
/** States in all sets that are remembered; the memory starts over when it is full. */
const rememberedStatesMax = 500_000;

/** A state: on a code point of `ranges` go on to `next`; without ranges go to each of `either` at once, at the named end of the text alone where one is. */
interface State {
  readonly ranges: CodeRanges | undefined;
  readonly end?: 'begin' | 'end';
  next: number;
  either: readonly number[];
}

/** A set of states, with where characters lead from it as far as that was asked before. */
interface StateSet {
  readonly states: readonly number[];
  readonly isAccepting: boolean;
  readonly after: Map<number, StateSet>;
}

const acceptingState = 0;

/**
 * A test whether a whole text matches a regular expression, in time linear in the text whatever the expression is: all
 * ways to match are followed at once (Thompson 1968), and sets of states that were met before are one step.
 * Throws `invalid-request` for expressions that it does not understand or that would be too large.
 */
export function compileRegex(pattern: string): (text: string) => boolean {
  const states: State[] = [{ ranges: undefined, next: acceptingState, either: [] }];

  function add(state: State): number {
    if (states.length >= statesMax) throw refused(pattern, 'it is too large');
    return states.push(state) - 1;
  }

  /** Builds a part whose matches go on to `next`; answers where it begins. */
  function build(node: RegexNode, next: number): number {
    switch (node.kind) {
      case 'character':
        return add({ ranges: node.ranges, next, either: [] });
      case 'sequence':
        return node.parts.reduceRight((following, part) => build(part, following), next);
      case 'choice':
        return add({ ranges: undefined, next, either: node.options.map((option) => build(option, next)) });
      case 'repeat':
        return buildRepeat(node, next);
      case 'group':
        return build(node.part, next);
      case 'anchor':
        return add({ ranges: undefined, end: node.side, next, either: [next] });
    }
  }

  function buildRepeat({ part, min, max }: RegexNode & { readonly kind: 'repeat' }, next: number): number {
    let begin = next;
    if (max === Infinity) {
      const loop = add({ ranges: undefined, next, either: [] });
      const state = states[loop];
      const body = build(part, loop);
      if (state !== undefined) state.either = [body, next];
      begin = loop;
    } else {
      for (let count = min; count < max; count += 1) {
        begin = add({ ranges: undefined, next, either: [build(part, begin), next] });
      }
    }
    for (let count = 0; count < min; count += 1) begin = build(part, begin);
    return begin;
  }

  const begin = build(parseRegex(pattern), acceptingState);
  const sets = new Map<string, StateSet>();
  let rememberedStates = 0;
  let first: StateSet | undefined;

  /** The states and all that can be reached from them without a character. */
  function reachedFrom(from: readonly number[], isPassed: (end: 'begin' | 'end') => boolean): ReadonlySet<number> {
    const reached = new Set<number>();
    const open = [...from];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (reached.has(at)) continue;
      reached.add(at);
      const state = states[at];
      if (state?.end !== undefined && !isPassed(state.end)) continue;
      for (const other of state?.either ?? []) open.push(other);
    }
    return reached;
  }

  /** The set of states, at the beginning of a text or within it. */
  function setOf(from: readonly number[], isAtBegin: boolean): StateSet {
    const reached = reachedFrom(from, (end) => end === 'begin' && isAtBegin);
    // Behind the last character a text may also pass what stands for its end.
    const isAccepting = reachedFrom(from, (end) => end === 'end' || isAtBegin).has(acceptingState);
    // States without a character of their own have done their work.
    const members = [...reached].filter((one) => one === acceptingState || states[one]?.ranges !== undefined);
    members.sort((a, b) => a - b);
    const key = `${isAccepting}:${members.join()}`;
    const known = sets.get(key);
    if (known !== undefined) return known;
    rememberedStates += members.length + 1;
    if (rememberedStates > rememberedStatesMax) {
      sets.clear();
      first = undefined;
      rememberedStates = members.length + 1;
    }
    const made: StateSet = { states: members, isAccepting, after: new Map() };
    sets.set(key, made);
    return made;
  }

  function step(set: StateSet, code: number): StateSet {
    const known = set.after.get(code);
    if (known !== undefined) return known;
    const next = setOf(
      set.states.flatMap((one) => {
        const state = states[one];
        return state?.ranges?.some(([low, high]) => code >= low && code <= high) === true ? [state.next] : [];
      }),
      false,
    );
    set.after.set(code, next);
    return next;
  }

  return (text) => {
    first ??= setOf([begin], true);
    let set = first;
    for (const character of text) {
      if (set.states.length === 0) return false;
      set = step(set, character.codePointAt(0) ?? 0);
    }
    return set.isAccepting;
  };
}
