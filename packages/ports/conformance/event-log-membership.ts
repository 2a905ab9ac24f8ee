import { randomUUID } from 'node:crypto';
import { expect, it, type TestContext } from 'vitest';
import { topicShape } from '@heliosiq/model';
import type { EventLog } from '../src/event-log.ts';
import { idsOf, isConflict, patienceMs, readInBackground, textRecords, type Reading } from './event-log-reading.ts';
import { freshTenant } from './fresh-tenant.ts';

/** A log under test, with its storage. */
export interface OpenedEventLog extends AsyncDisposable {
  readonly log: EventLog;
  /** A second client on the same storage, as another process would have. */
  readonly another?: () => Promise<EventLog>;
}

const partitions = topicShape('signals').partitions;

const freshGroup = (): string => `group-${randomUUID()}`;

/** What members of one group promise each other, two clients given; `skipReason` says why there is one alone. */
export function describeMembership(opened: () => OpenedEventLog, skipReason: string | undefined): void {
  /** Two clients, or the test is skipped with the reason. */
  async function twoClients(context: TestContext): Promise<{ readonly log: EventLog; readonly other: EventLog }> {
    const { log, another } = opened();
    if (another === undefined) return context.skip(skipReason ?? 'this log has one client alone');
    return { log, other: await another() };
  }

  it('shares the partitions when a member joins, and gives them back when it leaves', async (context) => {
    const { log, other } = await twoClients(context);
    const tenantId = freshTenant();
    const shared = { group: freshGroup(), topics: ['signals'] as const, startAt: 'latest' as const };
    await using first = readInBackground(log, tenantId, shared);
    await first.until(({ assigned }) => assigned[0]?.partitions.length === partitions, 'a lone member owns everything');
    const second = readInBackground(other, tenantId, shared);
    await second.until(({ assigned }) => assigned.length > 0, 'the second member gets a share');
    await settle(first, second, { tenantId, log });
    const owned = new Set(second.assigned.flatMap((call) => call.partitions));
    expect(owned.size).toBe(partitions / 2);
    const before = { first: first.records.length, second: second.records.length };
    await log.append(tenantId, 'signals', textRecords(200, 50, 'shared'));
    await first.until(
      () => first.records.length + second.records.length >= before.first + before.second + 200,
      'the members see all records together',
    );
    for (const record of first.records.slice(before.first)) expect(owned).not.toContain(record.partition);
    for (const record of second.records.slice(before.second)) expect(owned).toContain(record.partition);

    await second[Symbol.asyncDispose]();
    await log.append(tenantId, 'signals', textRecords(200, 50, 'left'));
    await first.until(
      ({ records }) => new Set(idsOf(records).filter((id) => id.startsWith('left'))).size === 200,
      'the remaining member sees all records',
    );
  });

  it('moves the partitions of a member that died to a living one', async (context) => {
    const { log, other } = await twoClients(context);
    const tenantId = freshTenant();
    const shared = { group: freshGroup(), topics: ['signals'] as const, startAt: 'latest' as const };
    await using dead = readInBackground(other, tenantId, { ...shared, commits: false });
    await dead.until(({ assigned }) => assigned.length > 0, 'the first member owns everything');
    await log.append(tenantId, 'signals', textRecords(100, 50, 'lost'));
    await dead.until(({ records }) => records.length >= 100, 'the first member sees the records');
    await dead.halt();
    await using living = readInBackground(log, tenantId, shared);
    await living.until(
      ({ records }) => new Set(idsOf(records)).size === 100,
      'the living member gets all that was not committed',
    );
    expect(new Set(idsOf(living.records))).toEqual(new Set(idsOf(textRecords(100, 50, 'lost'))));
  });

  it('refuses the commit of a member whose partition was taken over, and delivers the records to the new owner', async (context) => {
    const { log, other } = await twoClients(context);
    const tenantId = freshTenant();
    const shared = { group: freshGroup(), topics: ['signals'] as const, startAt: 'latest' as const };
    await using first = readInBackground(log, tenantId, { ...shared, commits: false });
    await first.until(({ assigned }) => assigned.length > 0, 'the first member owns everything');
    await log.append(tenantId, 'signals', textRecords(100, 50));
    await first.until(({ records }) => records.length >= 100, 'the first member sees the records');
    await using second = readInBackground(other, tenantId, shared);
    await second.until(({ assigned }) => assigned.length > 0, 'the second member gets a share');
    const moved = new Set(second.assigned.flatMap((call) => call.partitions));
    const outcomes = await Promise.all(
      first.batches.map(async (batch) => ({
        moved: moved.has(batch.partition),
        conflict: await batch.commit().then(() => false, isConflict),
      })),
    );
    expect(outcomes.some((outcome) => outcome.moved)).toBe(true);
    for (const outcome of outcomes) expect(outcome.conflict).toBe(outcome.moved);
    const expected = first.records.filter((record) => moved.has(record.partition));
    await second.until(({ records }) => records.length >= expected.length, 'the new owner gets what was not committed');
    expect(new Set(idsOf(second.records))).toEqual(new Set(idsOf(expected)));
  });
}

/** Waits until two members have both taken note of who owns what. */
async function settle(
  first: Reading,
  second: Reading,
  probe: { readonly tenantId: ReturnType<typeof freshTenant>; readonly log: EventLog },
): Promise<void> {
  for (let round = 0, until = performance.now() + patienceMs; ; round += 1) {
    const before = first.records.length;
    await probe.log.append(probe.tenantId, 'signals', textRecords(20, 20, `settle-${round}`));
    const isProbe = (id: string): boolean => id.startsWith(`settle-${round}-`);
    await second.until(
      () => idsOf(first.records).filter(isProbe).length + idsOf(second.records).filter(isProbe).length >= 20,
      'the members see all probes together',
    );
    const owned = new Set(second.assigned.flatMap((call) => call.partitions));
    if (first.records.slice(before).every((record) => !owned.has(record.partition))) return;
    expect(performance.now(), 'the members agree on who owns what').toBeLessThan(until);
  }
}
