import { joinRuns, overlayRuns, runWithin, type SampleRun } from '../sample-run.ts';
import { framesBySeries, isFrameWhole, runOfFrames, type LoadedFrame, type LoadedPage } from './page-runs.ts';
import { createPageWriter, type SamplePage } from './sample-page.ts';
import { blockWeekOf } from './sample-grid.ts';

/** Decides, without a database, how new samples go into the blocks of a group of series. */

/** A block without its bytes. */
export interface BlockFacts {
  readonly id: number;
  readonly from: number;
  readonly until: number;
  readonly samples: number;
  readonly series: number;
}

/** Samples by the number of their series. */
export type RunsBySeries = ReadonlyMap<number, SampleRun>;

/** The last block of a fortnight takes further samples until it has this many of a series, on average, or in all. */
const fullSeriesSamples = 1000;
const fullSamples = 256_000;
/** A block of fewer samples in all is never full: its row and directory would weigh too much. */
const smallSamples = 16_000;
/** A block of more samples is cut in two. */
const blockSamplesMax = 768_000;
/** A frame of fewer samples is written anew when samples follow it. */
const fullFrameSamples = 1000;

/** The runs of each fortnight, by its first week. */
export function runsByWeek(runs: RunsBySeries): ReadonlyMap<number, RunsBySeries> {
  const weeks = new Map<number, Map<number, SampleRun>>();
  for (const [ref, run] of runs) {
    for (const [week, part] of cutBy(run, blockWeekOf)) put(weeks, week, { ref, run: part });
  }
  return weeks;
}

/**
 * Which samples go into which block, given in the order of time: each to the first that does not end before it, or to the
 * last one as long as it is not full; those under `undefined` make a block of their own.
 */
export function routeRuns(
  blocks: readonly BlockFacts[],
  runs: RunsBySeries,
): ReadonlyMap<BlockFacts | undefined, RunsBySeries> {
  const last = blocks.at(-1);
  const tail = last !== undefined && isOpen(last) ? last : undefined;
  const routed = new Map<BlockFacts | undefined, Map<number, SampleRun>>();
  const blockOf = (at: number): BlockFacts | undefined => blocks.find(({ until }) => at <= until) ?? tail;
  for (const [ref, run] of runs) {
    for (const [block, part] of cutBy(run, blockOf)) put(routed, block, { ref, run: part });
  }
  return routed;
}

function isOpen({ samples, series }: BlockFacts): boolean {
  return samples < fullSamples && samples < Math.max(smallSamples, series * fullSeriesSamples);
}

/** Consecutive samples that belong together; in ascending time the key never comes back. */
function* cutBy<Key>(run: SampleRun, keyOf: (at: number) => Key): Generator<[Key, SampleRun]> {
  const { times } = run;
  let start = 0;
  while (start < times.length) {
    const key = keyOf(times[start] ?? 0);
    // The end is looked for by halves: most runs belong to one.
    let [low, high] = [start + 1, times.length];
    if (keyOf(times[times.length - 1] ?? 0) === key) low = high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keyOf(times[middle] ?? 0) === key) low = middle + 1;
      else high = middle;
    }
    yield [key, { times: times.subarray(start, low), values: run.values.subarray(start, low) }];
    start = low;
  }
}

function put<Key>(
  map: Map<Key, Map<number, SampleRun>>,
  key: Key,
  { ref, run }: { readonly ref: number; readonly run: SampleRun },
): void {
  const own = map.get(key);
  if (own === undefined) map.set(key, new Map([[ref, run]]));
  else own.set(ref, run);
}

/** Part of a series in a block: a frame as it is, or samples to be packed. */
type Piece = { readonly kept: LoadedFrame } | { readonly run: SampleRun };

interface SeriesPieces {
  readonly ref: number;
  readonly pieces: readonly Piece[];
}

/**
 * The blocks that take the place of an old one, if any, with new samples laid over it; frames that nothing was added to are
 * taken over as they are. Damaged frames are left out and told.
 */
export function rewriteBlock(
  old: LoadedPage | undefined,
  runs: RunsBySeries,
  onDamage: (frame: LoadedFrame) => void,
): readonly SamplePage[] {
  const frames = framesBySeries(old === undefined ? [] : [old]);
  const refs = [...new Set([...frames.keys(), ...runs.keys()])].sort((a, b) => a - b);
  const series = refs.map((ref) => ({ ref, pieces: piecesOf(frames.get(ref) ?? [], runs.get(ref), onDamage) }));
  return [...writeParts(series)];
}

function piecesOf(
  frames: readonly LoadedFrame[],
  run: SampleRun | undefined,
  onDamage: (frame: LoadedFrame) => void,
): Piece[] {
  if (run === undefined) return frames.flatMap((frame) => keep(frame, onDamage));
  const last = frames.at(-1);
  if (last === undefined) return [{ run }];
  if ((run.times[0] ?? 0) <= last.frame.lastAt) {
    return [{ run: overlayRuns([runOfFrames(frames, onDamage), run]) }];
  }
  const earlier = frames.slice(0, -1).flatMap((frame) => keep(frame, onDamage));
  if (last.frame.samples >= fullFrameSamples) return [...earlier, ...keep(last, onDamage), { run }];
  return [...earlier, { run: joinRuns([runOfFrames([last], onDamage), run]) }];
}

function keep(frame: LoadedFrame, onDamage: (frame: LoadedFrame) => void): Piece[] {
  if (isFrameWhole(frame)) return [{ kept: frame }];
  onDamage(frame);
  return [];
}

/** One block, or several one after the other in time when it would grow too large. */
function* writeParts(series: readonly SeriesPieces[]): Generator<SamplePage> {
  const pieces = series.flatMap((one) => one.pieces);
  const samples = pieces.reduce((sum, piece) => sum + samplesOf(piece), 0);
  const from = pieces.reduce((least, piece) => Math.min(least, firstOf(piece)), Infinity);
  const until = pieces.reduce((most, piece) => Math.max(most, lastOf(piece)), -Infinity);
  if (samples > blockSamplesMax && until > from) {
    const middle = from + Math.floor((until - from) / 2) + 1;
    yield* writeParts(series.map((one) => within(one, -Infinity, middle)));
    yield* writeParts(series.map((one) => within(one, middle, Infinity)));
    return;
  }
  const writer = createPageWriter({ isThorough: true });
  for (const { ref, pieces: own } of series) {
    for (const piece of own) {
      if ('run' in piece) writer.add(ref, piece.run);
      else {
        const { page, frame } = piece.kept;
        writer.addFrame(frame, { times: page.bytesOf(frame.times), values: page.bytesOf(frame) });
      }
    }
  }
  const block = writer.finish();
  if (block !== undefined) yield block;
}

function within({ ref, pieces }: SeriesPieces, from: number, to: number): SeriesPieces {
  return {
    ref,
    pieces: pieces.flatMap((piece): Piece[] => {
      if (firstOf(piece) >= from && lastOf(piece) < to) return [piece];
      if (firstOf(piece) >= to || lastOf(piece) < from) return [];
      // The checksum was looked at when the frame was kept.
      const run = 'kept' in piece ? runOfFrames([piece.kept], () => undefined) : piece.run;
      return [{ run: runWithin(run, from, to) }];
    }),
  };
}

function samplesOf(piece: Piece): number {
  return 'kept' in piece ? piece.kept.frame.samples : piece.run.times.length;
}

function firstOf(piece: Piece): number {
  return 'kept' in piece ? piece.kept.frame.firstAt : (piece.run.times[0] ?? Infinity);
}

function lastOf(piece: Piece): number {
  return 'kept' in piece ? piece.kept.frame.lastAt : (piece.run.times[piece.run.times.length - 1] ?? -Infinity);
}
