/**
 * The detector on one core: samples a second at ten thousand series that come in blocks, and what a series takes in memory, beside a
 * rolling z-score on typed arrays and, where it can be run, half-space trees of the Python package `river`. Each figure is by the
 * processor's time, so that a busy machine changes it little. Prints one line each and one JSON line.
 * `node --expose-gc bench/detect.bench.ts [series] [plain]` runs in a Node with the launcher's flags, with `plain` in one without; the
 * peer needs HELIOS_BENCH_PYTHON, a Python that has `river`.
 */
import { spawnSync } from 'node:child_process';
import { randomOf } from '@heliosiq/adapters/testing/random-numbers.ts';
import { createPackedWatch } from '../packages/detect/src/packed-watch.ts';
import { createSeriesSeat } from '../packages/detect/src/series-watch.ts';
import { launcherFlags } from './support/shipped-program.ts';

const isPlain = process.argv.includes('plain');
if (!isPlain && !launcherFlags.every((flag) => process.execArgv.includes(flag))) {
  const command = [...process.execArgv, ...launcherFlags, ...process.argv.slice(1)];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  process.exit(status ?? 1);
}

const seriesCount = Number(process.argv.slice(2).find((word) => word !== 'plain') ?? 10_000);
const blockSamples = 20;
const stepMs = 300_000;
const warmSamples = 600;
const measuredBlocks = 10;
const startMs = Date.UTC(2026, 0, 5);
const python = process.env['HELIOS_BENCH_PYTHON'];

interface Figure {
  readonly name: string;
  readonly samplesPerS: number;
  readonly bytesPerSeries: number;
  /** Bytes of a series as it is kept between its blocks where a store keeps it. */
  readonly packedBytesPerSeries?: number;
}

/** A day's swing, noise, and a spike now and then: one table for all series, from different places. */
const table = Float64Array.from({ length: 1 << 16 }, (_, index) => {
  const noise = Math.sin(index * 12.9898) * 43_758.5453;
  const spike = index % 997 === 0 ? 40 : 0;
  return 50 + 10 * Math.sin((2 * Math.PI * index) / 288) + 3 * (noise - Math.floor(noise)) + spike;
});
const valueOf = (series: number, sample: number): number => table[(series * 4099 + sample) & 65_535] ?? 0;

/** Runs `judge` over blocks of all series in turn; the seconds of the processor that it takes. */
function measure(blocks: { from: number; count: number }, judge: (series: number, at: number, sample: number) => void) {
  const before = process.cpuUsage();
  for (let block = blocks.from; block < blocks.from + blocks.count; block++) {
    for (let series = 0; series < seriesCount; series++) judge(series, block, blockSamples);
  }
  const spent = process.cpuUsage(before);
  return (spent.user + spent.system) / 1e6;
}

const memory = (): number => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

function detector(): Figure {
  // The stage has more than one seat: what is alone of its kind in a process runs faster than it would there.
  const neighbour = createSeriesSeat();
  for (let sample = 0; sample < warmSamples; sample++) neighbour.observe(startMs + sample * stepMs, valueOf(0, sample));
  const seat = createSeriesSeat();
  const before = memory();
  const fresh = seat.snapshot();
  const states = Array.from({ length: seriesCount }, () => fresh.slice());
  let changes = 0;
  const judge = (series: number, block: number): void => {
    const state = states[series];
    if (state === undefined) return;
    seat.load(state);
    for (let i = 0; i < blockSamples; i++) {
      const sample = block * blockSamples + i;
      if (seat.observe(startMs + sample * stepMs, valueOf(series, sample)) !== undefined) changes++;
    }
    seat.saveTo(state);
  };
  const warm = warmSamples / blockSamples;
  measure({ from: 0, count: warm }, judge);
  const seconds = measure({ from: warm, count: measuredBlocks }, judge);
  const bytes = memory() - before;
  const packedBytesPerSeries = packedLength(states[0] ?? fresh);
  console.log(`${changes} changes of anomalies`);
  return { ...figure('heliosiq', seconds, bytes), packedBytesPerSeries };
}

/** Bytes of a state as it is kept where a store keeps it. */
function packedLength(state: Uint8Array): number {
  const packing = createPackedWatch();
  packing.bytes.set(state);
  return packing.pack(new Uint8Array(packing.packedLengthMax));
}

/** Series of other kinds; each value is of a number in [0, 1) that is noise. */
const kinds: Record<string, (noise: number) => number> = {
  constant: () => 5,
  'mostly zero': (noise) => (noise < 0.02 ? 1 : 0),
  'small counts': (noise) => Math.floor(noise * 100),
  noise: (noise) => 10 + noise,
};

/** Packed bytes of series without a season after five hours, two days and five weeks of five minutes. */
const packedWithoutSeason = (): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(kinds).map(([kind, next]) => [
      kind,
      [60, 576, 10_080].map((samples) => {
        const seat = createSeriesSeat();
        const random = randomOf(7);
        for (let i = 0; i < samples; i++) seat.observe(startMs + i * stepMs, next(random()));
        return packedLength(seat.snapshot());
      }),
    ]),
  );

/** Running mean and variance over about 150 samples, alarm at five deviations: the plainest thing that one could run instead. */
function rollingScore(): Figure {
  const means = new Float64Array(seriesCount);
  const squares = new Float64Array(seriesCount);
  let alarms = 0;
  const judge = (series: number, block: number): void => {
    for (let i = 0; i < blockSamples; i++) {
      const value = valueOf(series, block * blockSamples + i);
      const gap = value - (means[series] ?? 0);
      const square = squares[series] ?? 0;
      if (gap * gap > 25 * square) alarms++;
      means[series] = (means[series] ?? 0) + gap / 150;
      squares[series] = square + (gap * gap - square) / 150;
    }
  };
  measure({ from: 0, count: 30 }, judge);
  const seconds = measure({ from: 30, count: measuredBlocks }, judge);
  console.log(`${alarms} alarms of the rolling z-score`);
  return figure('rolling z-score', seconds, means.byteLength + squares.byteLength);
}

const figure = (name: string, seconds: number, bytes: number): Figure => ({
  name,
  samplesPerS: Math.round((seriesCount * blockSamples * measuredBlocks) / seconds),
  bytesPerSeries: Math.round(bytes / seriesCount),
});

/** One series is enough to see the order of its speed. */
const peerScript = `
import time, math, tracemalloc
from river import anomaly
tracemalloc.start(); model = anomaly.HalfSpaceTrees(seed=1); n = 3000
def x(i): return {'v': .5 + .3 * math.sin(i / 46) + .01 * (i * 7919 % 100) / 100}
for i in range(n): model.learn_one(x(i))
size = tracemalloc.get_traced_memory()[0]; tracemalloc.stop()
at = time.process_time()
for i in range(n): model.score_one(x(i)); model.learn_one(x(i))
print(n / (time.process_time() - at), size)
`;

function halfSpaceTrees(path: string): Figure | undefined {
  const { status, stdout } = spawnSync(path, ['-c', peerScript], { encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) return undefined;
  const [samplesPerS = 0, bytes = 0] = stdout.trim().split(' ').map(Number);
  return { name: 'river half-space trees', samplesPerS: Math.round(samplesPerS), bytesPerSeries: Math.round(bytes) };
}

const figures = [detector(), rollingScore(), ...(python === undefined ? [] : [halfSpaceTrees(python)])].filter(
  (one) => one !== undefined,
);
for (const one of figures)
  console.log(`${one.name}: ${one.samplesPerS} samples/s, ${one.bytesPerSeries} bytes a series`);
const withoutSeason = packedWithoutSeason();
for (const [kind, lengths] of Object.entries(withoutSeason))
  console.log(`${kind}: ${lengths.join(', ')} bytes packed after 60, 576 and 10,080 samples`);
console.log(isPlain ? "without the launcher's flags" : `with the launcher's flags: ${launcherFlags.join(' ')}`);
const [own, plainest] = figures;
// The host's speed changes; beside the plainest of the same run it shows less.
const ratio = Number(((plainest?.samplesPerS ?? 0) / (own?.samplesPerS ?? 1)).toFixed(1));
console.log(`a sample costs ${ratio} times as much as the rolling z-score's`);
console.log(JSON.stringify({ bench: 'detect', seriesCount, blockSamples, isPlain, figures, withoutSeason, ratio }));
