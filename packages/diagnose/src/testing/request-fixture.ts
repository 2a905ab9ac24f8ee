import type { RequestLog, RequestSpan } from '../request-steps.ts';

/** How a made-up request of `web`, which calls `cart`, differs from the usual one. */
export interface RequestWish {
  readonly cartMs?: number;
  /** Time on the way from web to cart. */
  readonly wayMs?: number;
  /** The requests of so many of the first traces write no line in cart. */
  readonly withoutLogs?: number;
  /** Assets that write a line of trouble. */
  readonly failing?: readonly string[];
}

const START_MS = 1_700_000_000_000;
const WEB_MS = 10;

/** One request, named `t0`, `t1` and so on: a server span in web, its client span, a server span in cart with a line. */
export function requestOf(traceId: string, wish: RequestWish = {}): { spans: RequestSpan[]; logs: RequestLog[] } {
  const { cartMs = 20, wayMs = 2, withoutLogs = 0, failing = [] } = wish;
  const span = (
    spanId: string,
    parentId: string,
    rest: Omit<RequestSpan, 'traceId' | 'spanId' | 'parentId'>,
  ): RequestSpan => ({
    traceId,
    spanId,
    parentId,
    ...rest,
  });
  const calledMs = START_MS + WEB_MS;
  const backMs = calledMs + cartMs + wayMs;
  const spans = [
    span('a', '', { asset: 'web', operation: 'GET /', startMs: START_MS, endMs: backMs }),
    span('b', 'a', { asset: 'web', operation: 'HTTP GET', startMs: calledMs, endMs: backMs }),
    span('c', 'b', { asset: 'cart', operation: 'GET /cart', startMs: calledMs + wayMs, endMs: backMs }),
  ];
  const trouble = failing.map((asset): RequestLog => {
    const spanId = asset === 'web' ? 'a' : 'c';
    return { traceId, spanId, asset, body: `ERROR ${asset} has failed` };
  });
  const isSilent = Number(traceId.slice(1)) < withoutLogs;
  const line: RequestLog = { traceId, spanId: 'c', asset: 'cart', body: 'INFO cart.js:7 cart found' };
  return { spans, logs: [...(isSilent ? [] : [line]), ...trouble] };
}
