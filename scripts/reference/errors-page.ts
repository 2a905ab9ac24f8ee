import { errorTable } from '@heliosiq/model';

/** The page of every error code, from the one table. */
export function errorsPage(): string {
  const rows = Object.entries(errorTable).map(
    ([code, rule]) => `| \`${code}\` | ${rule.status} | ${rule.retryable ? 'yes' : 'no'} | ${rule.title} |`,
  );
  return [
    '# Error codes',
    '',
    'Every error answer is `application/problem+json` (RFC 9457) with `code`, `title`, `status`, `requestId` and, where they help,',
    '`detail`, `field` and `cure`. A code of the process itself, such as `data-folder-in-use`, is told on standard error with exit code 1.',
    '',
    '| code | status | a retry can help | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
