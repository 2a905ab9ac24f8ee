import { readdirSync, readFileSync } from 'node:fs';
import { createMemoryAnomalyStore } from '../../adapters/src/memory/anomaly-store.ts';
import { createMemoryIncidentStore } from '../../adapters/src/memory/incident-store.ts';
import { createMemoryDiagnosisStore } from '../../adapters/src/memory/diagnosis-store.ts';
import { createMemorySeriesStore } from '../../adapters/src/memory/series-store.ts';
import { createMemorySignalStore } from '../../adapters/src/memory/signal-store.ts';
import { createMemoryTopologyStore } from '../../adapters/src/memory/topology-store.ts';
import { blocksOf, devCases, injectedCases, tenantId } from './scratch-flow.ts';
import { createInvestigator } from './investigator.ts';
import { defaultEvidenceBudget } from './evidence-gathering.ts';
const which = process.argv[2]!;
const only = process.argv[3];
const verbose = process.argv.includes('-v');
const dir = `/tmp/diag-flow/${which}`;
const cases = new Map(
  (which.startsWith('dev') ? devCases() : injectedCases()).map((c) => [c.name.replaceAll(/[/:]/g, '~') + '.json', c]),
);
const seriesOfNormal = new Map<any, any>();
let n = 0,
  right = 0,
  faultRight = 0,
  faultWrong = 0,
  confWrong = 0,
  none = 0;
const verdicts: Record<string, number> = {};
const cal: { c: number; ok: boolean }[] = [];
const otherVerdicts: Record<string, number> = {};
let otherConf = 0;
let anyRight = 0;
const times: number[] = [];
const views: Record<string, string> = {
  'servi-searc.us-west-2.elb.amazonaws.com_remote': 'PetSearch_AWS::ECS::Fargate',
};
for (const file of readdirSync(dir).sort()) {
  if (only && only !== '-v' && !file.includes(only)) continue;
  const c = cases.get(file);
  if (!c) continue;
  const r = JSON.parse(readFileSync(`${dir}/${file}`, 'utf8'));
  const ports = {
    series: createMemorySeriesStore(),
    signals: createMemorySignalStore(),
    topology: createMemoryTopologyStore(),
    anomalies: createMemoryAnomalyStore(),
    incidents: createMemoryIncidentStore(),
    diagnoses: createMemoryDiagnosisStore(),
  };
  await ports.topology.put(tenantId, { assets: [], edges: c.edges } as any);
  await ports.anomalies.put(tenantId, r.anomalies);
  const by = new Map<string, any>();
  for (const row of blocksOf(c).rows)
    for (const s of row.samples) {
      let b = by.get(s.series.id);
      if (!b) by.set(s.series.id, (b = { kind: 'samples', series: s.series, times: [], values: [] }));
      b.times.push(s.at);
      b.values.push(s.value);
    }
  await ports.series.append(tenantId, [...by.values()]);
  const inv = createInvestigator({
    ...ports,
    budget: defaultEvidenceBudget,
    now: () => Date.UTC(2026, 10, 21, 4, 0, 0),
    publish: async () => {},
    dataStored: async () => true,
  } as any);
  const sev = ['critical', 'high', 'medium', 'low', 'info'];
  const quietMode = process.argv.includes('-q');
  if (quietMode) c.truth = null;
  const mine = r.incidents
    .filter((i: any) => (quietMode ? i.lastSeenAt < r.troubleFrom : i.lastSeenAt >= r.troubleFrom))
    .sort(
      (a: any, b: any) =>
        (a.status === 'resolved' ? 1 : 0) - (b.status === 'resolved' ? 1 : 0) ||
        sev.indexOf(a.severity) - sev.indexOf(b.severity) ||
        b.startedAt - a.startedAt,
    );
  n += 1;
  if (mine.length === 0) {
    none += 1;
    if (verbose) console.log(c.name, 'NO INCIDENT');
    continue;
  }
  let k = 0;
  let any = false;
  for (const i of mine) {
    await ports.incidents.save(tenantId, { ...i, revision: 1 }, []);
    const t = performance.now();
    const { diagnosis: d } = await inv.investigate(tenantId, i.id, new AbortController().signal);
    times.push(performance.now() - t);
    const top = d.hypotheses[0];
    const ok = top?.asset === c.truth;
    if (k === 0) {
      if (ok) right += 1;
      verdicts[d.verdict] = (verdicts[d.verdict] ?? 0) + 1;
      if (d.verdict === 'fault') {
        if (ok) faultRight++;
        else faultWrong++;
      }
    } else otherVerdicts[d.verdict] = (otherVerdicts[d.verdict] ?? 0) + 1;
    if (d.verdict === 'fault') {
      cal.push({ c: d.confidence, ok });
      if (d.confidence >= 0.8 && !ok) {
        if (k === 0) confWrong++;
        else otherConf++;
      }
      if (ok) any = true;
    }
    if (verbose)
      console.log(
        k === 0 ? '#' : ' +',
        c.name,
        '|',
        i.title,
        `[${i.entry?.asset}/${i.entry?.metric}] an=${i.anomalyIds.length}`,
        '|',
        d.verdict,
        d.confidence.toFixed(2),
        ok ? 'OK' : 'WRONG',
        d.hypotheses
          .slice(0, 3)
          .map((h: any) => `${h.asset}:${h.fault}:${h.score.toFixed(2)}/${h.confidence.toFixed(2)}`)
          .join(' ; '),
        'truth@',
        d.hypotheses.findIndex((h: any) => h.asset === c.truth),
      );
    if (only && only !== '-v') {
      console.log(
        '   win',
        new Date(d.window.faultFrom).toISOString(),
        new Date(d.window.faultTo).toISOString(),
        'trouble',
        new Date(r.troubleFrom).toISOString(),
        d.summary,
        d.missing,
        d.ruledOut,
      );
      for (const a of r.anomalies.filter((a: any) => i.anomalyIds.includes(a.id)))
        console.log(
          '      a',
          a.series.asset,
          a.series.metric,
          a.series.labels.statistic,
          new Date(a.startedAt).toISOString().slice(11, 16),
          new Date(a.lastSeenAt).toISOString().slice(11, 16),
          a.value.toPrecision(3),
          a.expected.toPrecision(3),
          a.deviation.toFixed(1),
          a.score,
        );
    }
    k += 1;
  }
  if (any) anyRight += 1;
}
const hi = cal.filter((x) => x.c >= 0.8);
console.log(
  JSON.stringify({
    which,
    n,
    none,
    firstRight: right,
    anyFaultRight: anyRight,
    verdicts,
    faultRight,
    faultWrong,
    confWrong,
    others: otherVerdicts,
    otherConfWrong: otherConf,
    hi: hi.length,
    hiRight: hi.filter((x) => x.ok).length,
    maxMs: Math.max(...times).toFixed(0),
    meanMs: (times.reduce((a, b) => a + b, 0) / times.length).toFixed(0),
  }),
);
