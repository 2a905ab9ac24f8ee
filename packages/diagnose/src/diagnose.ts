import { setTimeout as wait } from 'node:timers/promises';
import { IncidentEvent, type IncidentId, type TenantId } from '@heliosiq/model';
import { isMereUpdate } from '@heliosiq/model/incident-record.ts';
import {
  commitIfHeld,
  type DiagnosisStore,
  type EventLog,
  type IncidentStore,
  type Logger,
  type LogRecord,
  type Meter,
  type Pacer,
  type RecordBatch,
  type Service,
} from '@heliosiq/ports';
import { defaultEvidenceBudget, type EvidenceBudget, type EvidencePorts } from './evidence-gathering.ts';
import { createGrowthRounds, type Committable } from './growth-rounds.ts';
import { silenceMaxMs } from './investigation-log.ts';
import { createInvestigator, type InvestigateHow, type Investigator } from './investigator.ts';
import { createLakeWait, lakeMark } from './lake-progress.ts';
import { createOneAtATime } from './one-at-a-time.ts';
import type { RunbookSearch } from './runbook-passages.ts';
import { createSecondLooks } from './second-looks.ts';
import { waitForTraces } from './trace-progress.ts';

export interface DiagnoseDependencies extends EvidencePorts {
  readonly log: EventLog;
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Shared by the stages of a process; without one the stage gives way to nobody. */
  readonly pacer?: Pacer;
  /** What one investigation may cost; the default reads at most a million samples in ten seconds. */
  readonly budget?: EvidenceBudget;
  readonly settings?: Partial<DiagnoseSettings>;
  /** Where runbooks are looked for; absent where there is no library. */
  readonly runbooks?: RunbookSearch;
}

/** How the stage waits for data. */
export interface DiagnoseSettings {
  /** An investigation waits this long at most for samples that are on their way to the stores. */
  readonly storeWaitMs: number;
  /**
   * Wall-clock wait before an incident whose data was incomplete is looked at again, if more data came; it doubles with
   * each look.
   */
  readonly secondLookMs: number;
  /** How often it is looked for investigations whose process died. */
  readonly stalledLookMs: number;
}

export const diagnoseDefaults: DiagnoseSettings = { storeWaitMs: 5_000, secondLookMs: 2_000, stalledLookMs: 10_000 };

/** The stage, and its one act for who wants an investigation now. */
export interface Diagnose extends Service, Investigator {}

/** Kinds of incident events that are answered at once. */
const TURNS: ReadonlySet<IncidentEvent['kind']> = new Set(['incident-opened', 'incident-reopened']);
const BATCH_RECORDS_MAX = 500;
const STALLED_MAX = 100;
const TRACE_WAIT_MS = 1_000;
const SECOND_LOOKS = { incidentsMax: 1000, looksMax: 8 } as const;

function placeOf({ tenantId, key }: LogRecord): string {
  return `${tenantId} ${key}`;
}

function parseEvent(record: LogRecord): IncidentEvent | undefined {
  try {
    const parsed = IncidentEvent.safeParse(JSON.parse(new TextDecoder().decode(record.value)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The stage between the topics `incidents` and `diagnoses`. Every incident that opens or reopens is investigated at once, and one
 * that grows in rounds; events of one incident that wait together make one investigation. An incident that was looked at before
 * all of its samples had come is looked at again when the stores hold more.
 */
export function createDiagnose(deps: DiagnoseDependencies): Diagnose {
  const { log, incidents, logger, meter } = deps;
  const settings = { ...diagnoseDefaults, ...deps.settings };
  const encoder = new TextEncoder();
  const oneAtATime = createOneAtATime();
  const secondLooks = createSecondLooks({ ...SECOND_LOOKS, waitMs: settings.secondLookMs });
  const seconds = meter.histogram({ name: 'heliosiq_investigation_seconds', help: 'Time of one investigation.' });
  const verdicts = meter.counter({
    name: 'heliosiq_diagnoses_total',
    help: 'Diagnoses made, by verdict.',
    labels: ['verdict'],
  });
  const rejections = meter.counter({
    name: 'heliosiq_diagnose_records_rejected_total',
    help: 'Incident records that could not be read.',
  });
  const waitForLake = createLakeWait(log, {
    timeoutMs: settings.storeWaitMs,
    visibleAfterMs: deps.series.visibleAfterMs,
  });
  const investigator = createInvestigator({
    ...deps,
    budget: deps.budget ?? defaultEvidenceBudget,
    dataStored: async (signal) => {
      const isStored = await waitForLake(signal);
      await waitForTraces(log, { timeoutMs: TRACE_WAIT_MS, signal });
      return isStored;
    },
    publish: async (tenantId, diagnosis) => {
      const value = encoder.encode(JSON.stringify({ kind: 'diagnosis-made', diagnosis }));
      await log.append(tenantId, 'diagnoses', [{ key: diagnosis.incidentId, id: diagnosis.id, value }]);
    },
  });

  const investigate: Investigator['investigate'] = (tenantId, id, how) =>
    oneAtATime(async () => {
      const startedMs = performance.now();
      const mark = await lakeMark(log);
      const found = await investigator.investigate(tenantId, id, how);
      seconds.observe((performance.now() - startedMs) / 1000);
      secondLooks.note({ tenantId, incidentId: id, mark }, { ...found, nowMs: performance.now() });
      if (found.isNew) {
        const { verdict, confidence } = found.diagnosis;
        verdicts.add(1, { verdict });
        logger.info(
          { tenantId, incidentId: id, diagnosisId: found.diagnosis.id, verdict, confidence },
          'diagnosis made',
        );
      }
      return found;
    });

  /** Investigates an incident unless it is over and explained; one that was over at once still gets its answer. */
  async function investigateUnlessOver(tenantId: TenantId, id: IncidentId, how: InvestigateHow): Promise<void> {
    how.signal.throwIfAborted();
    const incident = await incidents.get(tenantId, id);
    if (incident === undefined) return;
    const isOver = incident.status === 'resolved' && (await deps.diagnoses.latest(tenantId, [id])).length > 0;
    if (!isOver) await investigate(tenantId, id, how);
  }

  const growth = createGrowthRounds({
    look: (tenantId, id, signal) => investigateUnlessOver(tenantId, id, { signal }),
    commit,
  });

  async function commit(batch: Committable): Promise<void> {
    if (await commitIfHeld(batch)) return;
    logger.warn({ partition: batch.partition }, 'the partition was taken over by another member');
  }

  async function handle(batch: RecordBatch, signal: AbortSignal): Promise<void> {
    const turned = new Map<IncidentId, TenantId>();
    const grown = new Map<IncidentId, TenantId>();
    const newest = new Map(
      batch.records.filter(({ value }) => isMereUpdate(value)).map((record) => [placeOf(record), record]),
    );
    for (const record of batch.records) {
      // In a storm an incident is told of many times in one batch, and one investigation answers all.
      if (isMereUpdate(record.value) && newest.get(placeOf(record)) !== record) continue;
      await deps.pacer?.giveWay();
      const event = parseEvent(record);
      if (event === undefined || event.incident.tenantId !== record.tenantId) {
        rejections.add(1);
        await batch.reject(
          record,
          event === undefined ? 'not an incident event' : 'the tenant of the value is not that of the record',
        );
        continue;
      }
      if (TURNS.has(event.kind)) turned.set(event.incident.id, record.tenantId);
      if (event.kind === 'incident-updated') grown.set(event.incident.id, record.tenantId);
    }
    for (const [id, tenantId] of turned) {
      await investigateUnlessOver(tenantId, id, { signal });
      grown.delete(id);
      growth.looked(id);
    }
    await growth.take(batch, grown);
  }

  /** Looks again at what was investigated too early. */
  async function lookAgain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await wait(settings.secondLookMs, undefined, { signal }).catch(() => undefined); // ended early: the loop sees it
      if (signal.aborted || secondLooks.isEmpty) continue;
      const due = secondLooks.takeDue({ mark: await lakeMark(log), nowMs: performance.now() });
      for (const { tenantId, incidentId } of due)
        await investigateUnlessOver(tenantId, incidentId, { signal, trigger: 'new-data' });
    }
  }

  /** Investigations that died with their process are ended in the books and made again. */
  async function restartStalled(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const moment = deps.now();
      for (const stalled of await deps.diagnoses.stalled(moment - silenceMaxMs, { limit: STALLED_MAX })) {
        const { tenantId, incidentId, id } = stalled;
        const ended = { status: 'interrupted', updatedAt: moment, finishedAt: moment } as const;
        await deps.diagnoses.putInvestigation(tenantId, {
          ...{ ...stalled, ...ended },
          fault: 'The process that made it ended; it was begun anew.',
        });
        logger.warn({ tenantId, incidentId, investigationId: id }, 'an investigation that had died is made again');
        await investigateUnlessOver(tenantId, incidentId, { signal, trigger: 'restart' });
      }
      await wait(settings.stalledLookMs, undefined, { signal }).catch(() => undefined); // ended early: the loop sees it
    }
  }

  async function readIncidents(signal: AbortSignal): Promise<void> {
    await using consumer = log.consumer({
      group: 'diagnose',
      topics: ['incidents'],
      batchRecordsMax: BATCH_RECORDS_MAX,
    });
    for await (const batch of consumer.batches(signal)) await handle(batch, signal);
  }

  return {
    name: 'diagnose',
    investigate,
    replay: (tenantId, investigation, signal) => oneAtATime(() => investigator.replay(tenantId, investigation, signal)),
    async run(signal) {
      const stop = new AbortController();
      const until = AbortSignal.any([signal, stop.signal]);
      const parts = [readIncidents(until), growth.run(until), lookAgain(until), restartStalled(until)];
      let failure: { readonly reason: unknown } | undefined;
      await Promise.allSettled(
        parts.map((part) =>
          part
            // The parts that are stopped for the first one's failure end with faults of their own.
            .catch((reason: unknown) => (failure ??= { reason }))
            .finally(() => stop.abort()),
        ),
      );
      // Stopping: what was not committed is delivered again.
      if (failure !== undefined && !signal.aborted) throw failure.reason;
    },
  };
}
