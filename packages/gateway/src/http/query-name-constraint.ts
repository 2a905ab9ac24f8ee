import type { IncomingMessage } from 'node:http';

/** The constraint of a route that takes only requests whose query has a certain name. */
export const queryNameConstraint = 'queryName';

/** Stands between names; one that holds it is no route's. */
const separator = '\n';

/**
 * Lets two routes share a path: one for requests whose query has a name, the other for the rest. The router looks among
 * the constrained routes first, and an unconstrained one takes what none of these does.
 */
export const byQueryName = {
  name: queryNameConstraint,
  storage() {
    const handlers = new Map<string, unknown>();
    return {
      /** By the names of a request, or by that of a route when the router adds it. */
      get(names: string): never {
        const found = names.split(separator).find((name) => handlers.has(name));
        // The router's types ask for its own kind of handler, of which nothing is known here but that it put it in.
        return (found === undefined ? null : handlers.get(found)) as never;
      },
      set: (name: string, handler: unknown): void => void handlers.set(name, handler),
    };
  },
  deriveConstraint({ url = '' }: IncomingMessage): string {
    const at = url.indexOf('?');
    if (at === -1) return '';
    const names = [...new URLSearchParams(url.slice(at + 1)).keys()];
    return names.filter((name) => !name.includes(separator)).join(separator);
  },
  validate(value: unknown): void {
    if (typeof value !== 'string') throw new TypeError('a route is chosen by the name of a parameter');
  },
};
