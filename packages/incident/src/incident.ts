import { setTimeout as wait } from 'node:timers/promises';
import type { TenantId } from '@heliosiq/model';
import {
  type AnomalyStore,
  commitIfHeld,
  createPacer,
  type EventLog,
  type IncidentDesk,
  type IncidentStore,
  type Logger,
  type LogRecord,
  type Meter,
  type Pacer,
  type RecordBatch,
  type Service,
  type TopologyStore,
} from '@heliosiq/ports';
import { batchesAtHand } from './batches-at-hand.ts';
import { incidentTopics } from './case-loading.ts';
import { createCorrelator } from './correlator.ts';
import { createEventClock } from './event-clock.ts';
import { createIncidentAnnouncer } from './incident-announcer.ts';
import { createIncidentDesk } from './incident-desk.ts';
import { incidentDefaults, type IncidentSettings } from './incident-settings.ts';
import { eventTimeOf, observationsOf } from './record-reading.ts';

/** What the stage needs. */
export interface IncidentDeps {
  readonly log: EventLog;
  readonly incidents: IncidentStore;
  readonly anomalies: AnomalyStore;
  readonly topology: TopologyStore;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** Shared by the stages of a process. Default: one of its own. */
  readonly pacer?: Pacer;
  readonly settings?: Partial<IncidentSettings>;
}

/** The stage's services, and the desk where people handle incidents. */
export interface IncidentStage {
  readonly services: readonly Service[];
  readonly desk: IncidentDesk;
}

/** Records that are worked on together, about. */
const recordsAtOnce = 5_000;

/**
 * After so many alerts at once more are on their way. Each step stores and announces the incidents that it touches whole: while
 * alerts gather for a moment, one step does for many.
 */
const stormAlertsMin = 20;
const stormGatherMs = 100;

/** Whoever stores news tells them a moment later: what is older is of somebody who died in between. */
const untoldAfterMs = 10_000;

/** Consumer group of the stage. */
export const incidentGroup = 'incident';

/**
 * Reads `anomalies` and the alerts of `signals`, keeps anomalies and incidents, and writes `incidents`. Offsets are committed after
 * the effects are stored; a redelivery changes nothing. The desk works in any process, with or without the services.
 */
export function createIncident(deps: IncidentDeps): IncidentStage {
  const settings = { ...incidentDefaults, ...deps.settings };
  const announcer = createIncidentAnnouncer(deps.log, deps.incidents);
  const pacer = deps.pacer ?? createPacer();
  const correlator = createCorrelator({ ...deps, settings, announcer, pacer });
  const clock = createEventClock(settings);
  const rejectedRecords = deps.meter.counter({
    name: 'heliosiq_incident_records_rejected_total',
    help: 'Records that correlation could not read, by topic.',
    labels: ['topic'],
  });

  /** Answers how many alerts there were. */
  async function handle(batches: readonly RecordBatch[]): Promise<number> {
    let alerts = 0;
    for (const [tenantId, records] of byTenant(batches.flatMap((batch) => batch.records))) {
      const observations = observationsOf(records);
      alerts += observations.alerts;
      if (observations.anomalies.length + observations.alerts > 0) await correlator.observe(tenantId, observations);
      for (const [record, reason] of observations.unreadable) {
        rejectedRecords.add(1, { topic: record.topic });
        await rejecting(batches, record)?.reject(record, reason);
      }
    }
    for (const batch of batches) if (batch.topic === 'signals') noteTime(batch);
    for (const batch of lastOfEach(batches)) await commitIfHeld(batch);
    return alerts;
  }

  /** One look at a tenant's last record of a batch is enough for a heartbeat and spares parsing every sample. */
  function noteTime({ records }: RecordBatch): void {
    const last = new Map(records.map((record) => [record.tenantId, record]));
    for (const [tenantId, record] of last) {
      const eventAt = eventTimeOf(record);
      if (eventAt !== undefined) clock.observe(tenantId, eventAt, deps.now());
    }
  }

  const correlation: Service = {
    name: 'incident-correlation',
    async run(signal) {
      await using consumer = deps.log.consumer({ group: incidentGroup, topics: incidentTopics, isUrgent: true });
      for await (const batches of batchesAtHand(consumer.batches(signal), recordsAtOnce)) {
        const alerts = await handle(batches);
        if (alerts >= stormAlertsMin) await wait(stormGatherMs, undefined, { signal }).catch(() => undefined); // an abort only ends the wait
      }
    },
  };

  const recovery: Service = {
    name: 'incident-recovery',
    async run(signal) {
      let lookedAt = -Infinity;
      while (!signal.aborted) {
        if (performance.now() - lookedAt >= settings.untoldLookMs) {
          await announcer.announceUntold(deps.now() - untoldAfterMs);
          lookedAt = performance.now();
        }
        await wait(settings.tickMs, undefined, { signal }).catch(() => undefined);
        for (const tenantId of clock.tenants()) {
          if (signal.aborted) return;
          const eventAt = clock.read(tenantId, deps.now());
          if (eventAt !== undefined) await correlator.recover(tenantId, eventAt);
        }
      }
    },
  };

  return {
    services: [correlation, recovery],
    desk: createIncidentDesk({ ...deps, announcer }),
  };
}

function byTenant(records: readonly LogRecord[]): Map<TenantId, LogRecord[]> {
  const groups = new Map<TenantId, LogRecord[]>();
  for (const record of records) {
    const group = groups.get(record.tenantId);
    if (group === undefined) groups.set(record.tenantId, [record]);
    else group.push(record);
  }
  return groups;
}

/** A commit covers the earlier batches of its partition. */
function lastOfEach(batches: readonly RecordBatch[]): Iterable<RecordBatch> {
  return new Map(batches.map((batch) => [`${batch.topic} ${batch.partition}`, batch])).values();
}

function rejecting(batches: readonly RecordBatch[], record: LogRecord): RecordBatch | undefined {
  return batches.find(({ topic, partition }) => topic === record.topic && partition === record.partition);
}
