import { type Incident, IncidentId } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import { acknowledged, commented, reopened, resolved } from './lifecycle.ts';
import { epoch, tenantId } from './testing/recorded.ts';

const open: Incident = {
  id: IncidentId.parse('0199aaaa-0000-7000-8000-000000000001'),
  tenantId,
  revision: 1,
  title: 'web latency is high',
  status: 'open',
  severity: 'high',
  fingerprint: 'f',
  startedAt: epoch,
  openedAt: epoch,
  updatedAt: epoch,
  lastSeenAt: epoch,
  reopenedCount: 0,
  assets: [],
  anomalyIds: [],
  alertFingerprints: [],
  occurrences: 1,
};
const act = { actor: 'key:ops', at: epoch + 1 };

describe('lifecycle', () => {
  test('each step makes the next revision and says who did it', () => {
    const acknowledgedStep = acknowledged(open, act);
    expect(acknowledgedStep.incident).toMatchObject({
      revision: 2,
      status: 'acknowledged',
      acknowledgedBy: 'key:ops',
      updatedAt: act.at,
    });
    const resolvedStep = resolved(acknowledgedStep.incident, { ...act, note: 'rolled back' });
    expect(resolvedStep.incident).toMatchObject({ revision: 3, status: 'resolved', resolvedBy: 'key:ops' });
    expect(resolvedStep.entries).toMatchObject([{ text: 'Resolved by key:ops: rolled back', actor: 'key:ops' }]);
    const reopenedStep = reopened(resolvedStep.incident, act);
    expect(reopenedStep.incident).toMatchObject({ revision: 4, status: 'open', reopenedCount: 1 });
    expect(reopenedStep.incident).not.toHaveProperty('resolvedAt');
    expect(reopenedStep.incident).not.toHaveProperty('acknowledgedBy');
  });

  test('a step that the state forbids is a conflict', () => {
    const done = resolved(open, act).incident;
    for (const step of [() => resolved(done, act), () => acknowledged(done, act), () => reopened(open, act)]) {
      expect(step).toThrow(expect.objectContaining({ code: 'conflict' }));
    }
  });

  test('comments of one moment are told apart', () => {
    const [first, second] = ['a', 'b'].map((note) => commented(open, { ...act, note }));
    expect(first?.incident).toEqual(second?.incident);
    expect(first?.entries[0]?.id).not.toBe(second?.entries[0]?.id);
  });
});
