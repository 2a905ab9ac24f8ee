// scratch: runs lake+detect+incident on memory adapters; dumps incidents and anomalies as JSON
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createMemoryAnomalyStore } from '../../adapters/src/memory/anomaly-store.ts';
import { createMemoryIncidentStore } from '../../adapters/src/memory/incident-store.ts';
import { createMemorySeriesStore } from '../../adapters/src/memory/series-store.ts';
import { createMemorySignalStore } from '../../adapters/src/memory/signal-store.ts';
import { createMemoryStateStore } from '../../adapters/src/memory/state-store.ts';
import { createMemoryTopologyStore } from '../../adapters/src/memory/topology-store.ts';
import { createMemoryEventLog } from '../../adapters/src/memory/event-log.ts';
import { createMemoryLogger } from '../../adapters/src/memory/logger.ts';
import { createMemoryMeter } from '../../adapters/src/memory/meter.ts';
import { createDetect } from '../../detect/src/detect.ts';
import { createIncident } from '../../incident/src/incident.ts';
import { TenantId, AssetId } from '../../model/src/model.ts';
import { seriesIdOf } from '../../model/src/content-id.ts';
import {
  readCallGraph,
  readRecording,
  readTarget,
  readRootCause,
  listCases,
  listTraffics,
  type Recording,
} from './boards/petshop-files.ts';
import { injectFault } from './boards/petshop-injection.ts';
import { cutSlice } from './boards/recording-slice.ts';

export const tenantId = TenantId.parse('default');
export const VIEWS: ReadonlyMap<string, string> = new Map([
  ['servi-searc.us-west-2.elb.amazonaws.com_remote', 'PetSearch_AWS::ECS::Fargate'],
  ['Servi-searc.us-west-2.elb.amazonaws.com_remote', 'PetSearch_AWS::ECS::Fargate'],
  ['servi-lista.us-west-2.elb.amazonaws.com_remote', 'petlistadoptions_AWS::ECS::Fargate'],
  ['servi-payfo.us-west-2.elb.amazonaws.com_remote', 'payforadoption_AWS::ECS::Container'],
]);
const units: Record<string, string> = { latency: 's', availability: '%', requests: '{request}' };
export interface FlowCase {
  name: string;
  truth: string | null;
  normal: Recording;
  trouble: Recording;
  edges: any[];
}
const ENDS = Date.UTC(2026, 10, 21, 4, 0, 0);
const STEP = 300_000;

export function blocksOf(c: FlowCase) {
  const last = c.trouble.timesMs.at(-1)!;
  const shiftT = ENDS - last;
  const troubleFrom = c.trouble.timesMs[0]! + shiftT;
  const normal = c.normal;
  const rows: { at: number; samples: any[] }[] = [];
  const seriesOf = (s: any) => {
    const asset = AssetId.parse(s.asset);
    const labels = { statistic: s.statistic };
    const unit = units[s.metric];
    return {
      id: seriesIdOf(tenantId, { asset, metric: s.metric, labels } as any),
      asset,
      metric: s.metric,
      labels,
      ...(unit ? { unit } : {}),
    };
  };
  const put = (r: Recording, at: (i: number) => number) => {
    const refs = r.series.map(seriesOf);
    r.timesMs.forEach((_, i) => {
      const samples: any[] = [];
      r.series.forEach((s, k) => {
        const v = s.values[i]!;
        if (Number.isFinite(v)) samples.push({ series: refs[k], at: at(i), value: v });
      });
      rows.push({ at: at(i), samples });
    });
  };
  const n = normal.timesMs.length;
  // gaps in a spliced normal are closed: rows every 5 minutes
  put(normal, (i) => troubleFrom - STEP * (n - i));
  put(c.trouble, (i) => c.trouble.timesMs[i]! + shiftT);
  return { rows, troubleFrom };
}
const data = '/work/shared/data/petshop/dataset';
export function devCases(): FlowCase[] {
  const out: FlowCase[] = [];
  for (const traffic of listTraffics(data)) {
    const own = join(data, traffic, 'noissue', 'metrics.csv');
    const normalFile = existsSync(own) ? own : join(data, 'low_traffic', 'noissue', 'metrics.csv');
    if (!existsSync(own)) continue;
    const normal = readRecording(normalFile);
    const edges = readCallGraph(join(data, traffic, 'graph.csv'));
    for (const { name, folder } of listCases(data, traffic))
      out.push({
        name,
        truth: readRootCause(folder),
        normal,
        trouble: readRecording(join(folder, 'metrics.csv')),
        edges,
      });
  }
  return out;
}
export function injectedCases(): FlowCase[] {
  const out: FlowCase[] = [];
  for (const [traffic, place] of [
    ['low_traffic', 0.5],
    ['high_traffic', 0.8],
  ] as const) {
    const normal = readRecording(join(data, traffic, 'noissue', 'metrics.csv'));
    const edges = readCallGraph(join(data, traffic, 'graph.csv'));
    const nodes = [...new Set(edges.flatMap((e) => [e.from, e.to]))].filter((x) => !VIEWS.has(x)).sort();
    const from = Math.floor(place * (normal.timesMs.length - 5));
    const { slice, rest } = cutSlice(normal, { from, rows: 5, gapRows: 12 });
    // the part after the slice first, so that what precedes the fault is what really preceded it
    const cut = from - 12;
    const rot = (v: Float64Array) => Float64Array.from([...v.subarray(cut), ...v.subarray(0, cut)]);
    const rotated: Recording = {
      timesMs: rest.timesMs,
      series: rest.series.map((s) => ({ ...s, values: rot(s.values) })),
    };
    for (const metric of ['latency', 'availability'] as const)
      for (const [k, size] of (metric === 'latency' ? [0.5, 2] : [3, 8]).entries())
        for (const node of nodes) {
          const trouble = injectFault(
            { quiet: slice, normal: rest, edges, views: VIEWS },
            { node, metric, target: 'PetSite', sizeAtTarget: size, seed: from * 3 + k },
          );
          if (trouble)
            out.push({ name: `${traffic}/${metric}/${size}/${node}`, truth: node, normal: rotated, trouble, edges });
        }
    out.push({ name: `${traffic}/quiet`, truth: null, normal: rotated, trouble: slice, edges });
  }
  return out;
}
export async function runFlow(c: FlowCase) {
  const log = createMemoryEventLog();
  const ports = {
    log,
    series: createMemorySeriesStore(),
    signals: createMemorySignalStore(),
    topology: createMemoryTopologyStore(),
    anomalies: createMemoryAnomalyStore(),
    incidents: createMemoryIncidentStore(),
    states: createMemoryStateStore(),
  };
  const deps: any = { ...ports, meter: createMemoryMeter(), logger: createMemoryLogger(), now: Date.now };
  await ports.topology.put(tenantId, {
    assets: [],
    edges: c.edges.map((e) => ({ ...e, from: AssetId.parse(e.from), to: AssetId.parse(e.to) })),
  } as any);
  const stop = new AbortController();
  const inc = createIncident(deps);
  const detect = createDetect({ ...deps, settings: { saveAfterMs: 100 } });
  const { rows, troubleFrom } = blocksOf(c);
  const names = [...new Set(rows.flatMap((r) => r.samples.map((s) => s.series.asset)))];
  await ports.topology.ensureAssets(tenantId, names);
  const runs = [detect, ...inc.services.filter((s) => s.name !== 'incident-recovery')].map((s) => s.run(stop.signal));
  // batches as the demo sends them: 5000 samples, in one record per series and batch
  let batch: any[] = [];
  const flush = async () => {
    const by = Map.groupBy(batch, (s) => s.series.id);
    batch = [];
    const recs = [...by].map(([id, list]) => ({
      key: list[0].series.asset,
      id: `${id}-${list[0].at}`,
      value: Buffer.from(
        JSON.stringify({
          kind: 'samples',
          series: list[0].series,
          times: list.map((x: any) => x.at),
          values: list.map((x: any) => x.value),
        }),
      ),
    }));
    for (let i = 0; i < recs.length; i += 1000) await log.append(tenantId, 'signals', recs.slice(i, i + 1000));
  };
  const caught = async () => {
    for (;;) {
      const lag = await log.lag();
      const l = lag.filter((x) => x.topic === 'anomalies' || false);
      if (consumed() && l.every((x) => x.lagRecords === 0)) return;
      await new Promise((r) => setTimeout(r, 2));
    }
  };
  let fed = 0;
  const counter: any = deps.meter.counter({
    name: 'heliosiq_detect_samples_total',
    help: 'Samples judged by series models.',
  });
  const consumed = () => {
    const text = JSON.stringify((deps.meter as any).read?.('heliosiq_detect_samples_total') ?? null);
    return true;
  };
  for (const r of rows) {
    batch.push(...r.samples);
    if (batch.length >= 5000) {
      fed += batch.length;
      await flush();
      await caught();
      await new Promise((r) => setTimeout(r, 30));
    }
  }
  await flush();
  for (let quiet = 0; quiet < 3;) {
    const lag = await log.lag();
    quiet =
      lag.length > 0 &&
      lag
        .filter((l) => l.topic === 'signals' || l.topic === 'anomalies')
        .every((l) => l.lagRecords === 0 || l.group === 'x')
        ? quiet + 1
        : 0;
    await new Promise((r) => setTimeout(r, 60));
  }
  stop.abort();
  await Promise.all(runs);
  const incidents = await ports.incidents.find(tenantId, {}, { limit: 1000 });
  const anomalies = await ports.anomalies.find(tenantId, {}, { limit: 1000 });
  return { name: c.name, truth: c.truth, troubleFrom, incidents, anomalies };
}
if (import.meta.main) {
  const which = process.argv[2]!;
  const outDir = `/tmp/diag-flow/${which}`;
  mkdirSync(outDir, { recursive: true });
  const cases = which === 'dev' ? devCases() : injectedCases();
  console.log(cases.length);
  for (const c of cases) {
    const t = performance.now();
    const r = await runFlow(c);
    writeFileSync(join(outDir, c.name.replaceAll(/[/:]/g, '~') + '.json'), JSON.stringify(r));
    const mine = r.incidents.filter((i) => i.lastSeenAt >= r.troubleFrom);
    console.log(
      c.name,
      ((performance.now() - t) / 1000).toFixed(1),
      's',
      r.anomalies.length,
      'anomalies',
      mine.map((i) => `${i.title} [${i.entry?.asset}/${i.entry?.metric}]`),
    );
  }
  process.exit(0);
}
