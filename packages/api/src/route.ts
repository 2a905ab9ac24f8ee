import type { Role } from '@heliosiq/model';
import type { z } from 'zod';

/** One HTTP operation: where it is, who may call it, what goes in and out. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Fastify-style path: parameters are `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** The least role; `public` needs no credential. */
  readonly role: Role | 'public';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** A schema for a JSON body, or `raw` when the handler takes bytes of the `consumes` types. */
  readonly body?: z.ZodType | 'raw';
  readonly consumes?: readonly string[];
  /** Status of success; default 200. */
  readonly status?: 200 | 201 | 202 | 204;
  /** The JSON answer, or a media type when it is not JSON. */
  readonly response: z.ZodType | `${string}/${string}`;
}

type Empty = Record<never, never>;
type InputOf<Schema> = Schema extends z.ZodType ? z.input<Schema> : Empty;
type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : Empty;

/** What a client gives: path parameters, query and body before parsing. */
export type RouteRequest<R extends Route> = {
  readonly params: InputOf<R['params']>;
  readonly query: InputOf<R['query']>;
  readonly body: R['body'] extends z.ZodType
    ? z.input<R['body']>
    : R['body'] extends 'raw'
      ? string | Uint8Array
      : undefined;
};

/** What a handler receives: the same after parsing; raw bodies as bytes. */
export type ParsedRequest<R extends Route> = {
  readonly params: OutputOf<R['params']>;
  readonly query: OutputOf<R['query']>;
  readonly body: R['body'] extends z.ZodType ? z.output<R['body']> : R['body'] extends 'raw' ? Buffer : undefined;
};

/** What a caller gets back: parsed JSON, or text for other media types. */
export type RouteResponse<R extends Route> = R['response'] extends z.ZodType ? z.output<R['response']> : string;
