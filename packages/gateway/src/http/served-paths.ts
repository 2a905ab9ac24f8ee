import type { HttpDoor } from '@heliosiq/ports';
import { routes } from '@heliosiq/api';
import type { Route } from '@heliosiq/api';
import type { ServedHandlers } from '../gateway-parts.ts';

/** Which methods are served at a path; none for a path that is not. */
export type MethodsAt = (path: string) => readonly string[];

/** What the handlers and doors of a process serve. */
export function servedMethods(handlers: ServedHandlers, doors: readonly HttpDoor[]): MethodsAt {
  const fixed = new Map<string, string[]>();
  const forms: { readonly method: string; readonly form: RegExp }[] = [];
  const ofContract = Object.entries<Route>(routes).filter(([name]) => name in handlers);
  for (const { method, path } of [...ofContract.map(([, route]) => route), ...doors]) {
    if (path.includes(':')) forms.push({ method, form: formOf(path) });
    else fixed.set(path, [...(fixed.get(path) ?? []), method]);
  }
  return (path) => {
    const methods = [
      ...new Set([
        ...(fixed.get(path) ?? []),
        ...forms.filter(({ form }) => form.test(path)).map(({ method }) => method),
      ]),
    ];
    return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  };
}

function formOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\./g, '\\.').replace(/:\w+/g, '[^/]+')}$`);
}
