import type { HttpDoor } from '@heliosiq/ports';
import { describeApiFault, success } from './api-answer.ts';

/** The release of Prometheus whose answers these doors give; tools decide by it which parameters they send. */
const answersAs = '3.15.0';

/** What tools ask about the server itself. There are no exemplars here; rules and alerts have doors of their own. */
export function statusDoors(version: string): readonly HttpDoor[] {
  const buildinfo = {
    version: answersAs,
    revision: `heliosiq-${version}`,
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: '',
  };
  return [
    fixed('/api/v1/status/buildinfo', buildinfo),
    fixed('/api/v1/status/flags', {}),
    fixed('/api/v1/query_exemplars', []),
    { ...fixed('/api/v1/query_exemplars', []), method: 'POST' },
  ];
}

function fixed(path: string, data: unknown): HttpDoor {
  return {
    name: 'prometheus-query',
    method: 'GET',
    path,
    role: 'viewer',
    handle: async () => success(data),
    describeFault: describeApiFault,
  };
}
