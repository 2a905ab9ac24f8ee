import { routes } from '@heliosiq/api';
import type { Route } from '@heliosiq/api';

/** The page of every HTTP operation, from the table of routes. */
export function apiPage(): string {
  const tags = [...new Set(Object.values<Route>(routes).map((route) => route.tag))];
  return [
    '# HTTP API',
    '',
    'A running program describes itself as OpenAPI 3.1 at `/openapi.json`. Send a key as `Authorization: Bearer hk_…`, or as the',
    'password of `Authorization: Basic …` with any user name that is not another tenant; a listed client certificate needs neither.',
    'The role is the least that is needed: a viewer reads, an operator also writes signals and handles incidents, an admin also',
    'manages keys.',
    '',
    ...tags.flatMap((tag) => [
      `## ${tag}`,
      '',
      '| operation | role | what it does | in | answer |',
      '|---|---|---|---|---|',
      ...Object.values<Route>(routes)
        .filter((route) => route.tag === tag)
        .map(
          (route) =>
            `| \`${route.method} ${route.path}\` | ${route.role} | ${route.summary} | ${inputOf(route)} | ${answerOf(route)} |`,
        ),
      '',
    ]),
  ].join('\n');
}

function inputOf(route: Route): string {
  const query = Object.keys(route.query?.shape ?? {}).map((name) => `\`?${name}\``);
  const body =
    route.body === undefined
      ? []
      : [route.body === 'raw' ? (route.consumes ?? []).map((type) => `\`${type}\``).join(', ') : 'JSON body'];
  return [...query, ...body].join(' ');
}

function answerOf(route: Route): string {
  return `${route.status ?? 200}${typeof route.response === 'string' ? ` \`${route.response}\`` : ''}`;
}
