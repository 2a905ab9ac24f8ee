import { openApiDocument } from '@heliosiq/api';
import { HeliosError, rejectedTopicOf } from '@heliosiq/model';
import { rejectedHeaders, replayRejected } from '@heliosiq/ports';
import type { EventLog, TenantStore } from '@heliosiq/ports';
import { createApiKey } from '../auth/api-keys.ts';
import type { SharedAuthenticator } from '../auth/authenticator.ts';
import type { ReadinessReport } from '../readiness.ts';
import type { Handlers } from './handler.ts';
import { specialAnswer } from './handler.ts';

export interface OperationsHandlerDeps {
  readonly tenants: TenantStore;
  readonly authenticator: SharedAuthenticator;
  readonly log: EventLog;
  readonly now: () => number;
  readonly version: string;
  readonly readiness: () => Promise<ReadinessReport>;
  /** The program's metrics in the Prometheus text format. */
  readonly metricsText: () => Promise<string>;
  /** Whether this process serves an operation; the contract that it shows has no others. */
  readonly isServed: (name: string) => boolean;
}

const valueShownMax = 4000;

export function operationsHandlers(deps: OperationsHandlerDeps) {
  const { tenants, authenticator, log, now, version, readiness, metricsText, isServed } = deps;
  return {
    whoami: async ({ principal }) => principal,

    createKey: ({ principal: { tenantId }, body: { name, role } }) =>
      createApiKey({ tenants, now }, { tenantId, name, role }),

    async listKeys({ principal }) {
      return { keys: [...(await tenants.keys(principal.tenantId))] };
    },

    async revokeKey({ principal, params }) {
      if (await authenticator.revokeKey(principal.tenantId, params.id)) return undefined;
      throw new HeliosError('not-found', 'There is no such key, or it is revoked already', { field: 'id' });
    },

    async readLag() {
      return { lag: [...(await log.lag())] };
    },

    async listRejected({ principal, params: { topic }, query: { fromOffset = 0, limit } }) {
      const position = { partition: 0, fromOffset, recordsMax: limit };
      const { records, nextOffset } = await log.read(principal.tenantId, rejectedTopicOf(topic), position);
      return {
        records: records.map(({ offset, id, key, headers, appendedAt, value }) => ({
          offset,
          id,
          key,
          reason: headers?.[rejectedHeaders.reason] ?? 'unknown',
          appendedAt,
          value: new TextDecoder().decode(value.subarray(0, valueShownMax)),
        })),
        nextOffset,
      };
    },

    replayRejected: ({ principal, params, body: { fromOffset } }) =>
      replayRejected(log, principal.tenantId, params.topic, fromOffset === undefined ? {} : { fromOffset }),

    healthLive: async () => ({ live: true as const }),

    async healthReady() {
      const report = await readiness();
      return specialAnswer(report.ready ? 200 : 503, 'application/json', JSON.stringify(report));
    },

    metrics: async () => specialAnswer(200, 'text/plain; version=0.0.4; charset=utf-8', await metricsText()),

    openapi: async () => openApiDocument(version, isServed),
  } satisfies Handlers<
    | 'whoami'
    | 'createKey'
    | 'listKeys'
    | 'revokeKey'
    | 'readLag'
    | 'listRejected'
    | 'replayRejected'
    | 'healthLive'
    | 'healthReady'
    | 'metrics'
    | 'openapi'
  >;
}
