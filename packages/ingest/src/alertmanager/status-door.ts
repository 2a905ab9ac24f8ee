import type { HttpDoor } from '@heliosiq/ports';
import { describeAlertmanagerFault, jsonAnswer } from './alertmanager-answer.ts';

/** `GET /api/v2/status` of Alertmanager, by which its clients see whom they speak to. */
export function createStatusDoor({
  version,
  startedAt,
}: {
  readonly version: string;
  readonly startedAt: number;
}): HttpDoor {
  const answer = jsonAnswer({
    cluster: { status: 'disabled', peers: [] },
    config: { original: '' },
    uptime: new Date(startedAt).toISOString(),
    versionInfo: { version, branch: '', buildDate: '', buildUser: '', goVersion: '', revision: 'heliosiq' },
  });
  return {
    name: 'alertmanager-status',
    method: 'GET',
    path: '/api/v2/status',
    describeFault: describeAlertmanagerFault,
    handle: () => Promise.resolve(answer),
  };
}
