import type { Meter } from '@heliosiq/ports';
import type { FastifyInstance } from 'fastify';

/** Counts and times every request by method, route pattern or name of the door, and status: rate, errors and duration. */
export function measureRequests(app: FastifyInstance, meter: Meter): void {
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
  app.addHook('onResponse', (request, reply, next) => {
    const { method } = request;
    const { url = 'unknown', config } = request.routeOptions;
    const route = request.is404 ? 'unknown' : (config.door ?? url);
    requests.add(1, { method, route, status: String(reply.statusCode) });
    seconds.observe(reply.elapsedTime / 1000, { method, route });
    next();
  });
}
