import type { SampleRun } from '../sample-run.ts';
import { createFrameReader, type Column, type PageFrame } from './sample-page.ts';

/**
 * Packed samples of many series in shared memory, which two threads unpack: who looks at the samples, series by series from the
 * first on, and one that helps, from the last on. Each takes what the other has not begun with, so that neither waits.
 */
export interface UnpackJob {
  /** The packed columns, and room for what the helper unpacks. */
  readonly memory: SharedArrayBuffer;
  /** Of each frame, series by series: offset, length and checksum of its times, its samples, the same of its values. */
  readonly frames: Float64Array;
  /** Where the frames of each series begin, and the end of all. */
  readonly firstFrames: Int32Array;
  /** Where each series has room, in numbers: for its times, then as many values; below zero where the helper has none. */
  readonly rooms: Int32Array;
  /** Samples from this time on may be left out. */
  readonly until: number;
  /** Of each series a state and how many samples were unpacked; in shared memory. */
  readonly states: Int32Array;
}

/** Who has a series. The helper writes to its room only while it is `storing`, and what is `stored` stays. */
const state = { free: 0, owner: 1, helper: 2, storing: 3, stored: 4 } as const;

/** Numbers that tell of a frame. */
const frameNumbers = 7;

/** A frame and where the bytes of its columns lie in the memory of a job. */
export interface PlacedFrame {
  readonly frame: PageFrame;
  readonly times: { readonly offset: number; readonly length: number };
  readonly values: { readonly offset: number; readonly length: number };
}

/** A series of a job, with the room for its samples. */
export interface PlacedSeries {
  readonly frames: readonly PlacedFrame[];
  /** Undefined where the helper is to leave it. */
  readonly room: Float64Array | undefined;
}

/** A job that nobody has begun with. */
export function createUnpackJob(
  series: readonly PlacedSeries[],
  { memory, until }: { readonly memory: SharedArrayBuffer; readonly until: number },
): UnpackJob {
  const count = series.reduce((sum, { frames }) => sum + frames.length, 0);
  const job = {
    ...{ memory, until },
    frames: new Float64Array(count * frameNumbers),
    firstFrames: new Int32Array(series.length + 1),
    rooms: new Int32Array(series.length),
    states: new Int32Array(new SharedArrayBuffer(series.length * 2 * Int32Array.BYTES_PER_ELEMENT)),
  };
  let end = 0;
  for (const [place, { frames, room }] of series.entries()) {
    job.rooms[place] = room === undefined ? -1 : room.byteOffset / Float64Array.BYTES_PER_ELEMENT;
    for (const { frame, times, values } of frames) {
      const columns = [times.offset, times.length, frame.times.checksum, frame.samples];
      job.frames.set([...columns, values.offset, values.length, frame.checksum], end * frameNumbers);
      end += 1;
    }
    job.firstFrames[place + 1] = end;
  }
  return job;
}

/** How long the owner waits for what is just being stored, milliseconds: far longer than it takes. */
const storingMaxMs = 10_000;

/** Takes a series for the owner: what the helper has unpacked of it, or undefined when the owner is to unpack it. */
export function takeSeries(job: UnpackJob, place: number): SampleRun | undefined {
  const { states } = job;
  const at = place * 2;
  if (Atomics.compareExchange(states, at, state.free, state.owner) === state.free) return undefined;
  // What the helper is only reading it will not store then.
  if (Atomics.compareExchange(states, at, state.helper, state.owner) === state.helper) return undefined;
  if (Atomics.load(states, at) === state.storing) Atomics.wait(states, at, state.storing, storingMaxMs);
  if (Atomics.load(states, at) !== state.stored) return undefined;
  const samples = samplesOf(job, place);
  const read = states[at + 1] ?? 0;
  const start = (job.rooms[place] ?? 0) * Float64Array.BYTES_PER_ELEMENT;
  return {
    times: new Float64Array(job.memory, start, read),
    values: new Float64Array(job.memory, start + samples * Float64Array.BYTES_PER_ELEMENT, read),
  };
}

/** Takes all series for the owner: afterwards the helper writes to no room. */
export function withdrawJob(job: UnpackJob): void {
  for (let place = 0; place < job.rooms.length; place += 1) takeSeries(job, place);
}

/** Unpacks as the helper, from the last series on, what nobody has begun with. */
export function helpUnpack(job: UnpackJob): void {
  const { states } = job;
  const bytes = new Uint8Array(job.memory);
  for (let place = job.rooms.length - 1; place >= 0; place -= 1) {
    const room = job.rooms[place] ?? -1;
    const at = place * 2;
    if (room < 0 || Atomics.compareExchange(states, at, state.free, state.helper) !== state.free) continue;
    const run = unpacked(job, place, bytes);
    // Damage is the owner's to find, who tells of it.
    const next = run === undefined ? state.free : state.storing;
    if (Atomics.compareExchange(states, at, state.helper, next) !== state.helper || run === undefined) continue;
    const own = new Float64Array(job.memory, room * Float64Array.BYTES_PER_ELEMENT, samplesOf(job, place) * 2);
    own.set(run.times);
    own.set(run.values, samplesOf(job, place));
    states[at + 1] = run.times.length;
    Atomics.store(states, at, state.stored);
    Atomics.notify(states, at);
  }
}

function samplesOf({ frames, firstFrames }: UnpackJob, place: number): number {
  let samples = 0;
  const end = firstFrames[place + 1] ?? 0;
  for (let frame = firstFrames[place] ?? 0; frame < end; frame += 1) samples += frames[frame * frameNumbers + 3] ?? 0;
  return samples;
}

/** Where the helper unpacks a series before it stores it; it does one after the other. */
let scratch = new Float64Array(0);

/** The samples of a series; undefined where bytes are damaged. */
function unpacked(job: UnpackJob, place: number, bytes: Uint8Array): SampleRun | undefined {
  const samples = samplesOf(job, place);
  if (scratch.length < samples * 2) scratch = new Float64Array(samples * 2);
  const target = { times: scratch.subarray(0, samples), values: scratch.subarray(samples, samples * 2) };
  const reader = createFrameReader(({ offset, length }) => bytes.subarray(offset, offset + length), {
    keepsTimes: false,
  });
  let end = 0;
  try {
    for (let frame = job.firstFrames[place] ?? 0; frame < (job.firstFrames[place + 1] ?? 0); frame += 1) {
      const read = reader.readInto(frameAt(job.frames, frame), target, { start: end, until: job.until });
      if (read === undefined) return undefined;
      end += read;
    }
  } catch {
    return undefined;
  }
  return { times: target.times.subarray(0, end), values: target.values.subarray(0, end) };
}

function frameAt(frames: Float64Array, index: number): PageFrame {
  const number = (field: number): number => frames[index * frameNumbers + field] ?? 0;
  const column = (field: number): Column => ({
    offset: number(field),
    length: number(field + 1),
    checksum: number(field + 2),
  });
  // Reading asks for no series and no ends of time.
  const unasked = { samples: number(3), firstAt: 0, lastAt: 0 };
  return { ...column(4), ...unasked, ref: 0, times: { ...column(0), ...unasked } };
}
