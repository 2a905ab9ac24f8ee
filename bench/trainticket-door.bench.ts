/**
 * How well causes are found in an installation: the recordings of TrainTicket go through the OTLP door as export requests of ten seconds each, at
 * the times of the recording (the fault-free one of a day an hour before its first case) and at the shipped rate of kept traces; then each case is investigated from the stores alone. Samples of pods are
 * written to their store as recorded. Beside it stand the figures of the board, which is handed all spans. Prints one JSON line.
 * `node bench/trainticket-door.bench.ts <folder of trainticket> [kept items per second]`
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AssetId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import {
  listMinutes,
  readPodSeries,
  readRequests,
  readTrainTicketCases,
  readTrainTicketTruths,
} from '../packages/diagnose/src/boards/trainticket-files.ts';
import { defaultEvidenceBudget, gatherEvidence } from '../packages/diagnose/src/evidence-gathering.ts';
import { rankCauses } from '../packages/diagnose/src/rank-causes.ts';
import { incidentOf, openTracedWorld, piecesOf, tenantId, withTimes } from '../tests/diagnose/traced-world.ts';

const [dataDir = 'trainticket', rate] = process.argv.slice(2);
const windowMs = 180_000;

await using world = openTracedWorld(rate === undefined ? {} : { traceItemsPerSecond: Number(rate) });
const { stores } = world;
const signal = new AbortController().signal;
const truths = readTrainTicketTruths(dataDir);
const cases = readTrainTicketCases(dataDir).sort((a, b) => (a.name < b.name ? -1 : 1));
const ranks: { name: string; rank: number; verdict: string; confidence: number; ms: number }[] = [];

/** Sends a recording as if its last request had begun at `untilMs`; by whole hours where only the zone of its clock is off. */
async function send(
  folder: string,
  minutes: readonly string[],
  when: { untilMs: number; isZone?: boolean },
): Promise<void> {
  const recorded = withTimes(readRequests(folder, minutes));
  const lastMs = Math.max(...recorded.spans.map(({ startMs }) => startMs));
  const stepMs = when.isZone === true ? 3_600_000 : 1;
  const shiftMs = Math.round((when.untilMs - lastMs) / stepMs) * stepMs;
  const shifted = {
    spans: recorded.spans.map((span) => ({ ...span, startMs: span.startMs + shiftMs, endMs: span.endMs + shiftMs })),
    logs: recorded.logs.map((line) => ({ ...line, at: line.at + shiftMs })),
  };
  for (const { atMs, piece } of piecesOf(shifted)) await world.send(piece, atMs);
  while (!(await world.isKept())) await delay(5);
}

for (const day of new Set(cases.map((one) => one.day))) {
  const quiet = join(dataDir, 'fault-free', day);
  const firstCaseMs = Math.min(...cases.filter((one) => one.day === day).map(({ noticedAtMs }) => noticedAtMs));
  await send(quiet, listMinutes(quiet), { untilMs: firstCaseMs - 3_600_000 });
  const services = new Set<string>();
  for (const { service, metric, timesMs, values } of readPodSeries(join(dataDir, 'faults', day))) {
    services.add(service);
    const asset = AssetId.parse(service);
    const series = { id: seriesIdOf(tenantId, { asset, metric, labels: {} }), asset, metric, labels: {} };
    await stores.series.append(tenantId, [{ series, times: [...timesMs], values: [...values] }]);
  }
  for (const { name, noticedAtMs, minutes } of cases.filter((one) => one.day === day)) {
    await send(join(dataDir, 'faults', day), minutes, { untilMs: noticedAtMs, isZone: true });
    const incident = incidentOf(
      { fromMs: noticedAtMs - windowMs + 60_000, toMs: noticedAtMs - 60_000 },
      [...services].sort(),
    );
    const startedMs = performance.now();
    const { casefile, missing } = await gatherEvidence(
      stores,
      { tenantId, incident },
      { budget: { ...defaultEvidenceBudget, timeMs: 120_000, sourceTimeMs: 60_000 }, signal },
    );
    const { hypotheses, verdict, confidence } = rankCauses(casefile);
    const place = hypotheses.findIndex(({ asset }) => asset === truths.get(name)?.service);
    ranks.push({
      ...{ name, rank: place < 0 ? 99 : place + 1, verdict, confidence },
      ms: Math.round(performance.now() - startedMs),
    });
    process.stderr.write(`${JSON.stringify(ranks.at(-1))} ${missing.join(' ')}\n`);
  }
}
const share = (places: number): number => ranks.filter(({ rank }) => rank <= places).length / ranks.length;
const sure = ranks.filter(({ verdict, confidence }) => verdict === 'fault' && confidence >= 0.8);
process.stdout.write(
  `${JSON.stringify({
    ...{ bench: 'trainticket-door', cases: ranks.length, asAt1: share(1), asAt3: share(3), asAt5: share(5) },
    ...{ sure: sure.length, sureAndWrong: sure.filter(({ rank }) => rank > 1).length },
    msMax: Math.max(...ranks.map(({ ms }) => ms)),
    rssMib: Math.round(process.memoryUsage().rss / 2 ** 20),
  })}\n`,
);
