import type { CallRequest, RouteName } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/api';
import { queryOptions } from '@tanstack/react-query';
import { pageClient } from './session.ts';

/** The query of one operation; its key is the operation and the request. */
export function apiQuery<Name extends RouteName>(name: Name, request: CallRequest<Name> = {}) {
  return queryOptions({
    queryKey: [name, request],
    queryFn: ({ signal }) => pageClient().call(name, request, { signal }),
    staleTime: 5000,
    retry: (failures, error) =>
      failures < 3 && error instanceof HeliosError && ['unavailable', 'rate-limited', 'timeout'].includes(error.code),
  });
}
