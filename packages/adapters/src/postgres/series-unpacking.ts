import type { TimeRange } from '@heliosiq/ports';
import { emptyRun, runWithin, type SampleRun } from '../sample-run.ts';
import { bytesAmong, type PagePieces } from './page-pieces.ts';
import { gatheringsOf, isInOrder, type LendMemory } from './sample-gathering.ts';
import { createFrameReader, type FrameReader, type PageFrame } from './sample-page.ts';
import type { HeldPage, OnDamage } from './sample-reader.ts';
import { createUnpackJob, takeSeries, withdrawJob, type PlacedSeries, type UnpackJob } from './unpack-job.ts';
import type { UnpackingThread } from './unpacking-thread.ts';

/** Samples of a series, once they are asked for. */
export type UnpackSamples = () => SampleRun;

interface FetchedFrame {
  readonly page: HeldPage;
  readonly pieces: PagePieces['pieces'];
  readonly reader: FrameReader;
  readonly frame: PageFrame;
}

export interface UnpackQuestion {
  readonly range: TimeRange;
  readonly onDamage: OnDamage;
  readonly memory: LendMemory;
  /** Helps where there is much to unpack and the memory is shared. */
  readonly thread?: UnpackingThread | undefined;
  /** Where it is over the memory may be another's. */
  readonly signal?: AbortSignal | undefined;
}

/** Samples for which help is asked. */
const helpedMin = 50_000;

/** What was fetched, by the numbers of the series, to be unpacked series by series in ascending order of these, or in any other. */
export function unpackersOf(
  fetched: readonly PagePieces[],
  question: UnpackQuestion,
): ReadonlyMap<number, UnpackSamples> {
  const framesOf = new Map<number, FetchedFrame[]>();
  for (const { page, pieces } of fetched) {
    // Of times that were read for one series the room may be another's by then.
    const reader = createFrameReader((column) => bytesAmong(pieces, column), { keepsTimes: false });
    for (const frame of page.frames) {
      const own = framesOf.get(frame.ref);
      if (own === undefined) framesOf.set(frame.ref, [{ page, pieces, reader, frame }]);
      else own.push({ page, pieces, reader, frame });
    }
  }
  const { range, signal } = question;
  const bySeries = [...framesOf].sort(([a], [b]) => a - b);
  const job = jobOf(
    bySeries.map(([, own]) => own),
    question,
  );
  if (job !== undefined && signal?.aborted !== true) {
    question.thread?.offer(job);
    signal?.addEventListener('abort', () => withdrawJob(job), { once: true });
  }
  return new Map(
    bySeries.map(([ref, own], place) => [
      ref,
      () => {
        const helped = job === undefined ? undefined : takeSeries(job, place);
        return runWithin(helped ?? unpack(own, question), range.from, range.to);
      },
    ]),
  );
}

function unpack(own: readonly FetchedFrame[], { range, onDamage, memory }: UnpackQuestion): SampleRun {
  const [gathering] = gatheringsOf([{ frames: own.map(({ frame }) => frame) }], { until: range.to, memory }).values();
  for (const { page, reader, frame } of own) {
    if (gathering?.take(reader, frame) === false) onDamage({ page, frame });
  }
  return gathering?.run() ?? emptyRun;
}

/** What a thread could help with; undefined where it is too little, or where it does not lie in one shared memory. */
function jobOf(series: readonly (readonly FetchedFrame[])[], question: UnpackQuestion): UnpackJob | undefined {
  const { range, memory, thread } = question;
  const samples = series.reduce((sum, own) => sum + samplesOf(own), 0);
  const shared = series[0]?.[0]?.pieces[0]?.bytes.buffer;
  if (thread === undefined || samples < helpedMin || !(shared instanceof SharedArrayBuffer)) return undefined;
  const isShared = series.every((own) =>
    own.every(({ pieces }) => pieces.every(({ bytes }) => bytes.length === 0 || bytes.buffer === shared)),
  );
  if (!isShared) return undefined;
  const placed = series.map((own): PlacedSeries => {
    // Frames that lie over each other are the owner's.
    const room = isInOrder(own.map(({ frame }) => frame)) ? memory(2 * samplesOf(own)) : undefined;
    return {
      frames: own.map(({ pieces, frame }) => ({
        frame,
        times: placeOf(bytesAmong(pieces, frame.times)),
        values: placeOf(bytesAmong(pieces, frame)),
      })),
      room: room?.buffer === shared ? room : undefined,
    };
  });
  return createUnpackJob(placed, { memory: shared, until: range.to });
}

function placeOf({ byteOffset, length }: Uint8Array): { readonly offset: number; readonly length: number } {
  return { offset: byteOffset, length };
}

function samplesOf(frames: readonly FetchedFrame[]): number {
  return frames.reduce((sum, { frame }) => sum + frame.samples, 0);
}
