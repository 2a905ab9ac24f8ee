import { HeliosError } from '@heliosiq/model';
import type { JobBoard } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface JobHandlerDeps {
  readonly jobs: JobBoard;
}

export function jobHandlers({ jobs }: JobHandlerDeps) {
  return {
    async readJobs({ principal: { tenantId }, query: { limit } }) {
      return { jobs: [...(await jobs.list(tenantId))], runs: [...(await jobs.runs(tenantId, { limit }))] };
    },

    async runJob({ principal: { tenantId, actor }, params: { name } }) {
      if (await jobs.request(tenantId, name, actor)) return { name, requested: true as const };
      throw new HeliosError('not-found', 'There is no such job', {
        field: 'name',
        cure: 'GET /api/v1/jobs lists them.',
      });
    },
  } satisfies Handlers<'readJobs' | 'runJob'>;
}
