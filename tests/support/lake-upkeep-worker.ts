import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { startEmbeddedPostgres } from '@heliosiq/adapters/embedded-postgres/embedded-postgres.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresLease } from '@heliosiq/adapters/postgres/lease.ts';
import { createPostgresRollupStore } from '@heliosiq/adapters/postgres/rollup-store.ts';
import { createPostgresSeriesChanges } from '@heliosiq/adapters/postgres/series-changes.ts';
import { createSeriesMerger } from '@heliosiq/adapters/postgres/series-merger.ts';
import { createPostgresSeriesRetention } from '@heliosiq/adapters/postgres/series-retention.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createPostgresTenantStore } from '@heliosiq/adapters/postgres/tenant-store.ts';
import { TenantId } from '@heliosiq/model';
import type { AssetId, SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { createGold } from '../../packages/lake/src/gold/gold.ts';
import { chartFromRollups } from '../../packages/lake/src/gold/rolled-chart.ts';

/** What a worker is to do, as JSON in its first argument. */
export interface UpkeepTask {
  readonly dataDir: string;
  /** `check` looks at all that is there and ends; the others go on until they are killed. */
  readonly phase: 'compaction' | 'retention' | 'roll-up' | 'check';
  /** Units 0 to `acknowledged - 1` were acknowledged. */
  readonly acknowledged: number;
  /** Samples before this moment may be gone. */
  readonly forgottenBefore: number;
}

/** A line that a worker prints as JSON. */
export type UpkeepLine =
  | { readonly kind: 'ready' }
  | { readonly kind: 'acknowledged'; readonly unit: number }
  /** Work that may be interrupted begins. */
  | { readonly kind: 'working' }
  | { readonly kind: 'forgetting'; readonly before: number }
  | {
      readonly kind: 'checked';
      readonly samples: number;
      readonly rolledUp: number;
      readonly faults: readonly string[];
    };

const tenantId = TenantId.parse('default');
const seriesCount = 12;
const unitSamples = 30;
const stepMs = 60_000;
const startAt = Date.UTC(2026, 0, 5);
/** Units that retention leaves. */
const keptUnits = 40;
const dayMs = 86_400_000;

const all = Array.from({ length: seriesCount }, (_, number): SeriesRef => {
  const named = { asset: `asset-${number}` as AssetId, metric: 'm', labels: {} }; // a name that is not empty
  return { id: seriesIdOf(tenantId, named), ...named };
});

function timeOf(sample: number): number {
  return startAt + sample * stepMs;
}

function valueOf(series: number, sample: number): number {
  return Math.round(Math.sin(sample / 9 + series) * 1000) / 10;
}

function say(line: UpkeepLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function work(task: UpkeepTask): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDir: task.dataDir });
  const database = await openDatabase({ url: server.url, poolMax: 4 });
  const [logger, meter] = [createMemoryLogger(), createMemoryMeter()];
  const series = createPostgresSeriesStore(database);
  const merger = createSeriesMerger({ database, logger, meter });
  const rollups = createPostgresRollupStore(database);
  const tenants = createPostgresTenantStore(database);
  await tenants.addTenant({ id: tenantId, name: tenantId, createdAt: startAt });
  say({ kind: 'ready' });
  let unit = task.acknowledged;

  async function write(): Promise<never> {
    for (; ; unit += 1) {
      const numbers = Array.from({ length: unitSamples }, (_, index) => unit * unitSamples + index);
      await series.append(
        tenantId,
        all.map((ref, number) => ({
          series: ref,
          times: numbers.map(timeOf),
          values: numbers.map((sample) => valueOf(number, sample)),
        })),
      );
      say({ kind: 'acknowledged', unit });
    }
  }

  async function compact(): Promise<never> {
    for (let round = 0; ; round += 1) {
      say({ kind: 'working' });
      await merger.mergeAll({ isFinal: round % 3 === 2 });
      if (round % 3 === 2) await merger.packTables();
    }
  }

  async function forget(): Promise<never> {
    const retention = createPostgresSeriesRetention(database);
    for (;;) {
      // With a writer beside it there is always something left.
      await merger.mergeAll({ isFinal: true, signal: AbortSignal.timeout(300) });
      const before = timeOf((unit - keptUnits) * unitSamples);
      say({ kind: 'forgetting', before });
      say({ kind: 'working' });
      await retention.forget(tenantId, { before });
    }
  }

  const changes = createPostgresSeriesChanges(database);

  async function rollUp(signal: AbortSignal): Promise<void> {
    const lease = createPostgresLease(database);
    const options = { everyMs: 1, graceMs: 0, quietMs: 0 };
    const gold = createGold({ changes, series, rollups, tenants, lease, meter, logger, now: Date.now, options });
    // The lease of a worker that was killed would keep this one waiting.
    await database.asSystem((transaction) => transaction.deleteFrom('lease').execute());
    say({ kind: 'working' });
    await gold.run(signal);
  }

  /** Rolls up until all that was written is in rollups. */
  async function rollUpAll(): Promise<void> {
    const stop = new AbortController();
    const rolling = rollUp(stop.signal);
    while ((await changes.changed(tenantId, { limit: 1, until: Date.now() })).length > 0);
    stop.abort();
    await rolling;
  }

  /** Compares all samples, and all days that were rolled up, with what was written. */
  async function check(): Promise<void> {
    const faults: string[] = [];
    let [samples, rolledUp] = [0, 0];
    const range = { from: 0, to: Date.UTC(2100) };
    for (const [number, ref] of all.entries()) {
      const [points] = await series.range(tenantId, { ids: [ref.id] }, range);
      const times = Array.from(points?.times ?? []);
      samples += times.length;
      const found = new Set(times);
      if (found.size !== times.length) faults.push(`${ref.asset}: ${times.length - found.size} samples are doubled`);
      for (let sample = 0; sample < task.acknowledged * unitSamples; sample += 1) {
        const at = timeOf(sample);
        if (at >= task.forgottenBefore && !found.has(at)) faults.push(`${ref.asset}: sample ${sample} is lost`);
      }
      for (const [index, at] of times.entries()) {
        const value = points?.values[index];
        if (value !== valueOf(number, (at - startAt) / stepMs))
          faults.push(`${ref.asset}: ${at} has the value ${value}`);
      }
      const question = { series: [ref], range: { from: startAt, to: (times.at(-1) ?? startAt) + 1 }, stepMs: dayMs };
      const [chart] = await chartFromRollups({ series, rollups }, tenantId, question);
      for (const [index, at] of (chart?.times ?? []).entries()) {
        const ofDay = times.filter((time) => time >= at && time < at + dayMs);
        if (at < task.forgottenBefore) continue;
        rolledUp += 1;
        if (chart?.count[index] !== ofDay.length) {
          faults.push(`${ref.asset}: the day ${at} has ${ofDay.length} samples, its rollup ${chart?.count[index]}`);
        }
      }
    }
    say({ kind: 'checked', samples, rolledUp, faults: faults.slice(0, 20) });
  }

  const phases = {
    compaction: compact,
    retention: forget,
    'roll-up': () => rollUp(new AbortController().signal),
  };
  if (task.phase !== 'check') await Promise.all([write(), phases[task.phase]()]);
  await rollUpAll();
  await check();
  await database[Symbol.asyncDispose]();
  await server.stop();
}

// The cast holds: the test that starts this file gives it a task.
if (import.meta.main) await work(JSON.parse(process.argv[2] ?? '') as UpkeepTask);
