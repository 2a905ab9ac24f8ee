import { HeliosError } from '@heliosiq/model';
import { logParametersOf } from '@heliosiq/model/log-words.ts';
import type { LogQuestion, LogSearch, PatternUse } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface LogHandlerDeps {
  readonly logs: LogSearch;
}

export function logHandlers({ logs }: LogHandlerDeps) {
  return {
    async searchLogs({ principal, query: { from, to, limit, after, steps, ...asked } }) {
      const { tenantId } = principal;
      const range = orderedRange(from, to);
      const question = questionOf(asked);
      const [page, histogram] = await Promise.all([
        logs.find(tenantId, question, range, { limit, ...(after === undefined ? {} : { after }) }),
        steps === undefined ? undefined : logs.histogram(tenantId, question, range, { steps }),
      ]);
      return {
        logs: page.logs.map(({ log, pattern }) => ({
          log,
          ...(pattern === undefined ? {} : { pattern }),
          parameters: [...logParametersOf(log.body)],
        })),
        ...(page.next === undefined ? {} : { next: `${page.next.at}:${page.next.id}` }),
        ...(histogram === undefined ? {} : { histogram: { ...histogram, counts: [...histogram.counts] } }),
      };
    },

    async listLogPatterns({ principal, query: { from, to, limit, steps, ...asked } }) {
      const range = orderedRange(from, to);
      const found = await logs.patterns(principal.tenantId, questionOf(asked), range, { limit, steps });
      return { patterns: found.uses.map(useOf), known: found.patterns, lines: found.lines };
    },

    async readLogPattern({ principal, params: { id }, query: { from, to } }) {
      const { tenantId } = principal;
      const range = orderedRange(from, to);
      const spread = await logs.spread(tenantId, id, range);
      if (spread === undefined) throw new HeliosError('not-found', 'There is no such log pattern', { field: 'id' });
      const { uses } = await logs.patterns(tenantId, { pattern: id }, range, { limit: 1, steps: 60 });
      const [use] = uses;
      return {
        ...(use === undefined ? {} : { pattern: useOf(use) }),
        assets: [...spread.assets],
        severities: [...spread.severities],
      };
    },
  } satisfies Handlers<'searchLogs' | 'listLogPatterns' | 'readLogPattern'>;
}

type Optional<Question> = { readonly [Name in keyof Question]: Question[Name] | undefined };

function questionOf({ text, asset, severity, pattern }: Optional<LogQuestion>): LogQuestion {
  return {
    ...(text === undefined ? {} : { text }),
    ...(asset === undefined ? {} : { asset }),
    ...(severity === undefined ? {} : { severity }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

function useOf({ histogram, ...use }: PatternUse) {
  return { ...use, histogram: { ...histogram, counts: [...histogram.counts] } };
}

/** The end of year 9999, the last moment that ISO 8601 writes with four digits. */
const farFuture = Date.UTC(10_000, 0, 1);

function orderedRange(from: number, to: number): { readonly from: number; readonly to: number } {
  if (from < to && to <= farFuture) return { from, to };
  throw new HeliosError('invalid-request', 'The range ends before it begins, or after the year 9999', {
    field: 'to',
    cure: 'Give from < to',
  });
}
