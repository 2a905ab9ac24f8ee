import type { Readable } from 'node:stream';
import type { ParsedRequest, RouteName, RouteResponse, Routes } from '@heliosiq/api';
import type { Principal } from '@heliosiq/model';

/** What a handler knows about a call besides its parsed parts. */
export interface CallContext {
  readonly requestId: string;
  /** Media type of the body, lower case, without parameters; empty without a body. */
  readonly mediaType: string;
  /** The id of the last event that a reconnecting stream client has seen. */
  readonly lastEventId: string | undefined;
  /** Aborts when the caller has gone or the time is up. */
  readonly signal: AbortSignal;
}

type Caller<Name extends RouteName> = Routes[Name]['role'] extends 'public'
  ? { readonly principal: undefined }
  : { readonly principal: Principal };

export type Call<Name extends RouteName> = ParsedRequest<Routes[Name]> & CallContext & Caller<Name>;

/** An answer with a status, media type or body other than the route's own. */
export interface SpecialAnswer {
  readonly [isSpecial]: true;
  readonly status: number;
  readonly mediaType: string;
  readonly body: string | Readable;
}

const isSpecial = Symbol('special answer');

export function specialAnswer(status: number, mediaType: string, body: string | Readable): SpecialAnswer {
  return { [isSpecial]: true, status, mediaType, body };
}

export function isSpecialAnswer(answer: unknown): answer is SpecialAnswer {
  return typeof answer === 'object' && answer !== null && isSpecial in answer;
}

/** Serves one operation: the value of its response schema, text for other media types, or a special answer. */
export type Handler<Name extends RouteName> = (
  call: Call<Name>,
) => Promise<RouteResponse<Routes[Name]> | SpecialAnswer>;

/** A handler for each of some operations. */
export type Handlers<Names extends RouteName = RouteName> = { readonly [Name in Names]: Handler<Name> };
