import { HeliosError, errorTable } from '@heliosiq/model';
import type { ErrorCode } from '@heliosiq/model';
import { Problem } from './contract/problem.ts';
import type { Route, RouteRequest, RouteResponse } from './route.ts';
import { routes } from './routes.ts';
import type { RouteName, Routes } from './routes.ts';

export interface ClientOptions {
  /** Scheme, host and port, e.g. `http://127.0.0.1:7070`; empty in a page of the server itself. */
  readonly baseUrl: string;
  /** An API key or JWT. */
  readonly token?: string;
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The parts of a request that the route asks for; parts it does not know are left out. */
export type CallRequest<Name extends RouteName> = Partial<RouteRequest<Routes[Name]>>;

export interface Client {
  /**
   * Calls one operation. Rejects with a `HeliosError` of the server's code, or `unavailable` when the server
   * cannot be reached.
   */
  call<Name extends RouteName>(
    name: Name,
    request?: CallRequest<Name>,
    options?: CallOptions,
  ): Promise<RouteResponse<Routes[Name]>>;
  /** Calls an operation whose answer is a file, and hands it on as it comes. Rejects as `call` does, before the first piece. */
  open<Name extends RouteName>(
    name: Name,
    request?: CallRequest<Name>,
    options?: CallOptions,
  ): Promise<ReadableStream<Uint8Array>>;
}

/** The path of an operation with its parameters and query filled in: the one place where URLs are made. */
export function pathOf<Name extends RouteName>(
  name: Name,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, unknown>> = {},
): string {
  const path = routes[name].path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) search.append(key, String(item));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

/** A typed client for browser and command line. */
export function createClient({ baseUrl, token, fetch: request = globalThis.fetch }: ClientOptions): Client {
  async function answerOf<Name extends RouteName>(
    name: Name,
    input: CallRequest<Name>,
    options: CallOptions,
  ): Promise<Response> {
    const route: Route = routes[name];
    const url = `${baseUrl}${pathOf(name, asRecord<string>(input.params), asRecord<unknown>(input.query))}`;
    const json = route.body !== undefined && route.body !== 'raw';
    const response = await send(() =>
      request(url, {
        method: route.method,
        headers: {
          ...(json ? { 'content-type': 'application/json' } : {}),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...options.headers,
        },
        ...(route.body === undefined
          ? {}
          : { body: json ? JSON.stringify(input.body ?? {}) : (input.body as BodyInit) }), // raw bodies are text or bytes
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }),
    );
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  return {
    async call(name, input = {}, options = {}) {
      const route: Route = routes[name];
      const response = await answerOf(name, input, options);
      // The casts hold because the schema of the route is what parses, or the route says that it is text.
      type Result = RouteResponse<Routes[typeof name]>;
      if (response.status === 204) return undefined as Result;
      if (typeof route.response === 'string') return (await response.text()) as Result;
      return route.response.parse(await response.json()) as Result;
    },

    async open(name, input = {}, options = {}) {
      const { body } = await answerOf(name, input, options);
      if (body === null) throw new HeliosError('internal', 'The answer has no body');
      return body;
    },
  };
}

// Parameters and queries are flat records in every route; the mapped type over all routes hides it from the compiler.
function asRecord<Value>(part: unknown): Readonly<Record<string, Value>> | undefined {
  return part as Readonly<Record<string, Value>> | undefined;
}

async function send(call: () => Promise<Response>): Promise<Response> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new HeliosError('unavailable', 'The server cannot be reached', {
      cause,
      cure: 'Check that HeliosIQ runs and that the address is right',
    });
  }
}

const codesOfOthers = new Map<number, ErrorCode>([
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [413, 'too-large'],
  [429, 'rate-limited'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [504, 'timeout'],
]);

async function problemOf(response: Response): Promise<HeliosError> {
  const parsed = Problem.safeParse(await response.json().catch(() => undefined));
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  if (!parsed.success) {
    // A proxy on the way has no problem details, but its status says whether to come again.
    const code = codesOfOthers.get(response.status) ?? 'internal';
    return new HeliosError(code, `The server answered ${response.status} without a reason`, {
      ...(Number.isFinite(retryAfter) ? { retryAfterS: retryAfter } : {}),
    });
  }
  const problem = parsed.data;
  return new HeliosError(isErrorCode(problem.code) ? problem.code : 'internal', problem.detail ?? problem.title, {
    ...(problem.field === undefined ? {} : { field: problem.field }),
    ...(problem.cure === undefined ? {} : { cure: problem.cure }),
    ...(Number.isFinite(retryAfter) ? { retryAfterS: retryAfter } : {}),
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
