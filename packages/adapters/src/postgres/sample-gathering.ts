import { overlayRuns, sliceRun, type SampleRun } from '../sample-run.ts';
import type { FrameReader, PageFrame } from './sample-page.ts';

/** The samples of one series while its frames are read, one after the other in the order of their worth. */
export interface SampleGathering {
  /** False when the frame's bytes are damaged or missing. */
  take(reader: FrameReader, frame: PageFrame): boolean;
  /** What was taken. */
  run(): SampleRun;
}

/** Lends room for so many numbers, which hold anything. */
export type LendMemory = (numbers: number) => Float64Array;

/**
 * A gathering for each series of the pages, by its number. Frames that follow each other in time, as most do, are read to where
 * their samples stay; others are laid over each other. Samples from `until` on may be left out.
 */
export function gatheringsOf(
  pages: readonly { readonly frames: readonly PageFrame[] }[],
  { until, memory = unfilled }: { readonly until: number; readonly memory?: LendMemory | undefined },
): ReadonlyMap<number, SampleGathering> {
  const extents = new Map<number, { samples: number; lastAt: number; areInOrder: boolean }>();
  for (const { frames } of pages) {
    for (const { ref, samples, firstAt, lastAt } of frames) {
      const known = extents.get(ref);
      if (known === undefined) {
        extents.set(ref, { samples, lastAt, areInOrder: true });
        continue;
      }
      known.samples += samples;
      known.areInOrder &&= firstAt > known.lastAt;
      known.lastAt = lastAt;
    }
  }
  return new Map(
    Array.from(extents, ([ref, { samples, areInOrder }]) => [
      ref,
      areInOrder ? inOrder(samples, until, memory) : laidOver(),
    ]),
  );
}

/** Whether frames of one series follow each other in time. */
export function isInOrder(frames: readonly PageFrame[]): boolean {
  return frames.every(({ firstAt }, index) => index === 0 || firstAt > (frames[index - 1]?.lastAt ?? Infinity));
}

function inOrder(samples: number, until: number, memory: LendMemory): SampleGathering {
  const room = memory(2 * samples);
  const all = { times: room.subarray(0, samples), values: room.subarray(samples) };
  let end = 0;
  return {
    take(reader, frame) {
      const read = reader.readInto(frame, all, { start: end, until });
      end += read ?? 0;
      return read !== undefined;
    },
    run: () => sliceRun(all, 0, end),
  };
}

/** Numbers that are all written before one is read, so that nobody needs to fill them with zeros. */
function unfilled(count: number): Float64Array {
  return new Float64Array(Buffer.allocUnsafeSlow(count * Float64Array.BYTES_PER_ELEMENT).buffer);
}

function laidOver(): SampleGathering {
  const runs: SampleRun[] = [];
  return {
    take(reader, frame) {
      const run = reader.read(frame);
      if (run !== undefined) runs.push(run);
      return run !== undefined;
    },
    run: () => overlayRuns(runs),
  };
}
