import { createBoundedMap } from '../bounded-map.ts';

/** Gives statements that come again and again a name, under which a connection of PostgreSQL keeps them parsed and planned. */
export interface StatementNames {
  /** The name of a statement; undefined while it is not known to come often, and for all others once the names are given out. */
  nameOf(text: string): string | undefined;
}

/** Each takes memory of the server on every connection that runs it. */
const namesMax = 64;

/** How often a statement must have come before. */
const sightingsMin = 20;

/** Statements whose sightings are counted; one that is not among the latest begins anew. */
const countedMax = 512;

/** A kept plan cannot follow when a newer version of the program, beside this one, adds a column. */
const takesAllColumns = /(?:select|returning) (?:"\w+"\.)?\*/i;

export function createStatementNames(): StatementNames {
  const names = new Map<string, string>();
  const sightings = createBoundedMap<string, number>(countedMax);

  return {
    nameOf(text) {
      const known = names.get(text);
      if (known !== undefined || names.size >= namesMax) return known;
      const before = sightings.get(text) ?? 0;
      sightings.set(text, before + 1);
      if (before < sightingsMin || takesAllColumns.test(text)) return undefined;
      const name = `often-${names.size}`;
      names.set(text, name);
      return name;
    },
  };
}
