import { setTimeout as wait } from 'node:timers/promises';
import type { TenantId, TracePart } from '@heliosiq/model';
import { decodeTracePart } from '@heliosiq/model/trace-part-coding.ts';
import {
  commitIfHeld,
  type EventLog,
  type Logger,
  type Meter,
  type RecordBatch,
  type Service,
  type TraceStore,
} from '@heliosiq/ports';

export interface TraceKeeperDependencies {
  readonly log: EventLog;
  readonly traces: TraceStore;
  readonly logger: Logger;
  readonly meter: Meter;
  /** For how long traces are kept; two days when absent. */
  readonly keepMs?: number;
}

/** The group that brings parts from the topic `traces` to their store. */
const GROUP = 'traces';

const KEEP_MS = 48 * 3_600_000;
const EXPIRE_EVERY_MS = 600_000;
const BATCH_RECORDS_MAX = 200;

/** Brings the sample of traces from the topic `traces` to its store, each part once, and forgets what is old. */
export function createTraceKeeper(deps: TraceKeeperDependencies): Service {
  const { log, traces, logger, meter, keepMs = KEEP_MS } = deps;
  const kept = meter.counter({
    name: 'heliosiq_trace_spans_kept_total',
    help: 'Spans kept as part of whole traces.',
  });

  async function store(batch: RecordBatch): Promise<void> {
    const byTenant = new Map<TenantId, TracePart[]>();
    for (const record of batch.records) {
      const part = decodeTracePart(record.value);
      if (!part.ok) {
        await batch.reject(record, part.reason);
        continue;
      }
      const parts = byTenant.get(record.tenantId);
      if (parts === undefined) byTenant.set(record.tenantId, [part.value]);
      else parts.push(part.value);
    }
    for (const [tenantId, parts] of byTenant) {
      await traces.append(tenantId, parts);
      kept.add(parts.reduce((sum, { spans }) => sum + spans.length, 0));
    }
    if (await commitIfHeld(batch)) return;
    logger.warn({ partition: batch.partition }, 'the traces were taken over by another member');
  }

  async function keep(signal: AbortSignal): Promise<void> {
    await using consumer = log.consumer({
      group: GROUP,
      topics: ['traces'],
      batchRecordsMax: BATCH_RECORDS_MAX,
    });
    for await (const batch of consumer.batches(signal)) {
      try {
        await store(batch);
      } catch (error) {
        // Stopping: what was not committed is delivered again.
        if (signal.aborted) return;
        throw error;
      }
    }
  }

  async function forget(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await wait(EXPIRE_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined); // ended early: the loop sees it
      if (signal.aborted) return;
      const parts = await traces.expire(keepMs);
      if (parts > 0) logger.info({ parts }, 'old traces forgotten');
    }
  }

  return {
    name: 'trace-keeper',
    async run(signal) {
      const stop = new AbortController();
      const until = AbortSignal.any([signal, stop.signal]);
      const parts = [keep(until), forget(until)].map((part) => part.finally(() => stop.abort()));
      const failed = (await Promise.allSettled(parts)).find((one) => one.status === 'rejected');
      if (failed !== undefined && !signal.aborted) throw failed.reason;
    },
  };
}
