import type { Meter } from '@heliosiq/ports';
import type { FastifyInstance } from 'fastify';

/** A request that was answered. */
export interface MeasuredRequest {
  readonly method: string;
  /** Route pattern or name of the door. */
  readonly route: string;
  readonly status: number;
  /** From the first byte of the request to the last one of its answer. */
  readonly tookMs: number;
}

export type MeasureRequest = (request: MeasuredRequest) => void;

/** Counts and times requests by method, route and status: rate, errors and duration. */
export function createRequestMeasure(meter: Meter): MeasureRequest {
  const requests = meter.counter({
    name: 'heliosiq_http_requests_total',
    help: 'HTTP requests answered.',
    labels: ['method', 'route', 'status'],
  });
  const seconds = meter.histogram({
    name: 'heliosiq_http_request_seconds',
    help: 'Time from the first byte of a request to the last one of its answer.',
    labels: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  return ({ method, route, status, tookMs }) => {
    requests.add(1, { method, route, status: String(status) });
    seconds.observe(tookMs / 1000, { method, route });
  };
}

/** Measures every request that goes through the framework. */
export function measureRequests(app: FastifyInstance, measure: MeasureRequest): void {
  app.addHook('onResponse', (request, reply, next) => {
    const { url = 'unknown', config } = request.routeOptions;
    const route = request.is404 ? 'unknown' : (config.door ?? url);
    measure({ method: request.method, route, status: reply.statusCode, tookMs: reply.elapsedTime });
    next();
  });
}
