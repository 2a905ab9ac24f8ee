import {
  LogPage,
  LogPatternDetail,
  LogPatternList,
  LogPatternParams,
  LogPatternQuery,
  LogPatternsQuery,
  LogsQuery,
} from './contract/logs.ts';
import type { Route } from './route.ts';

/** Logs by words and patterns. */
export const logRoutes = {
  searchLogs: {
    method: 'GET',
    path: '/api/v1/logs',
    summary: 'Log lines with their patterns, newest first, page by page; with `steps` their number over time.',
    tag: 'logs',
    role: 'viewer',
    query: LogsQuery,
    response: LogPage,
  },
  listLogPatterns: {
    method: 'GET',
    path: '/api/v1/log-patterns',
    summary: 'The patterns that log lines of a time follow, most lines first, with their number over time.',
    tag: 'logs',
    role: 'viewer',
    query: LogPatternsQuery,
    response: LogPatternList,
  },
  readLogPattern: {
    method: 'GET',
    path: '/api/v1/log-patterns/:id',
    summary: 'One log pattern: its lines by asset and severity. An id that has grown into another leads there.',
    tag: 'logs',
    role: 'viewer',
    params: LogPatternParams,
    query: LogPatternQuery,
    response: LogPatternDetail,
  },
} as const satisfies Record<string, Route>;
