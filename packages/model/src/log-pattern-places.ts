/** What was seen at places of skeletons, all else equal, until there were enough words for a parameter. */
export interface PatternPlaces<Pattern> {
  /** Notes a pattern with its word at a place; returns how many different words the place has shown. */
  note(place: number, word: string, pattern: Pattern): number;
  /** The patterns noted at a place, which is then forgotten. */
  take(place: number): readonly Pattern[];
  /** Forgets that a pattern was noted at a place. */
  forget(place: number, pattern: Pattern): void;
}

/** Places by hash. Most have one pattern for ever, which is then kept without a list. */
export function createPatternPlaces<Pattern extends object>(): PatternPlaces<Pattern> {
  const noted = new Map<number, Noted<Pattern> | Noted<Pattern>[]>();

  return {
    note(place, word, pattern) {
      const before = noted.get(place);
      const entry = { word, pattern };
      if (before === undefined) {
        noted.set(place, entry);
        return 1;
      }
      const list = Array.isArray(before) ? before : [before];
      if (!list.some((each) => each.pattern === pattern)) list.push(entry);
      noted.set(place, list);
      return new Set(list.map((each) => each.word)).size;
    },
    take(place) {
      const found = noted.get(place);
      noted.delete(place);
      return found === undefined ? [] : Array.isArray(found) ? found.map(({ pattern }) => pattern) : [found.pattern];
    },
    forget(place, pattern) {
      const found = noted.get(place);
      if (found === undefined) return;
      const rest = (Array.isArray(found) ? found : [found]).filter((each) => each.pattern !== pattern);
      const [only] = rest;
      if (only === undefined) noted.delete(place);
      else noted.set(place, rest.length === 1 ? only : rest);
    },
  };
}

interface Noted<Pattern> {
  readonly word: string;
  readonly pattern: Pattern;
}
