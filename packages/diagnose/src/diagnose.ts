import { HeliosError, IncidentEvent, type IncidentId, type TenantId } from '@heliosiq/model';
import type {
  DiagnosisStore,
  EventLog,
  IncidentStore,
  Logger,
  LogRecord,
  Meter,
  RecordBatch,
  Service,
} from '@heliosiq/ports';
import { defaultEvidenceBudget, type EvidenceBudget, type EvidencePorts } from './evidence-gathering.ts';
import { createInvestigator, type Investigator } from './investigator.ts';

export interface DiagnoseDependencies extends EvidencePorts {
  readonly log: EventLog;
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What one investigation may cost; the default reads at most a million samples in ten seconds. */
  readonly budget?: EvidenceBudget;
}

/** The stage, and its one act for who wants an investigation now. */
export interface Diagnose extends Service, Investigator {}

/** Kinds of incident events that bring new evidence. */
const NEW_EVIDENCE: ReadonlySet<IncidentEvent['kind']> = new Set([
  'incident-opened',
  'incident-updated',
  'incident-reopened',
]);
const BATCH_RECORDS_MAX = 500;

function parseEvent(record: LogRecord): IncidentEvent | undefined {
  try {
    const parsed = IncidentEvent.safeParse(JSON.parse(new TextDecoder().decode(record.value)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The stage between the topics `incidents` and `diagnoses`. Every incident that opens, grows or reopens is
 * investigated; events of one incident that wait together make one investigation.
 */
export function createDiagnose(deps: DiagnoseDependencies): Diagnose {
  const { log, incidents, logger, meter } = deps;
  const encoder = new TextEncoder();
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
  const investigator = createInvestigator({
    ...deps,
    budget: deps.budget ?? defaultEvidenceBudget,
    publish: async (tenantId, diagnosis) => {
      const value = encoder.encode(JSON.stringify({ kind: 'diagnosis-made', diagnosis }));
      await log.append(tenantId, 'diagnoses', [{ key: diagnosis.incidentId, id: diagnosis.id, value }]);
    },
  });

  const investigate: Investigator['investigate'] = async (tenantId, id, signal) => {
    const startedMs = performance.now();
    const found = await investigator.investigate(tenantId, id, signal);
    seconds.observe((performance.now() - startedMs) / 1000);
    if (found.isNew) {
      const { verdict, confidence } = found.diagnosis;
      verdicts.add(1, { verdict });
      logger.info({ tenantId, incidentId: id, diagnosisId: found.diagnosis.id, verdict, confidence }, 'diagnosis made');
    }
    return found;
  };

  async function handle(batch: RecordBatch, signal: AbortSignal): Promise<void> {
    const waiting = new Map<IncidentId, TenantId>();
    for (const record of batch.records) {
      const event = parseEvent(record);
      if (event === undefined || event.incident.tenantId !== record.tenantId) {
        rejections.add(1);
        await batch.reject(
          record,
          event === undefined ? 'not an incident event' : 'the tenant of the value is not that of the record',
        );
        continue;
      }
      if (NEW_EVIDENCE.has(event.kind)) waiting.set(event.incident.id, record.tenantId);
    }
    for (const [id, tenantId] of waiting) {
      signal.throwIfAborted();
      const incident = await incidents.get(tenantId, id);
      if (incident !== undefined && incident.status !== 'resolved') await investigate(tenantId, id, signal);
    }
  }

  return {
    name: 'diagnose',
    investigate,
    async run(signal) {
      await using consumer = log.consumer({
        group: 'diagnose',
        topics: ['incidents'],
        batchRecordsMax: BATCH_RECORDS_MAX,
      });
      for await (const batch of consumer.batches(signal)) {
        try {
          await handle(batch, signal);
          await batch.commit();
        } catch (error) {
          // Stopping: what was not committed is delivered again. Taken over: another member does it.
          if (signal.aborted) return;
          if (!(error instanceof HeliosError && error.code === 'conflict')) throw error;
          logger.warn({ partition: batch.partition }, 'the partition was taken over by another member');
        }
      }
    },
  };
}
