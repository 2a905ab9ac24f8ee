import { afterAll, describe, expect, it, vi } from 'vitest';
import { decodeDirectory, createPageWriter } from './sample-page.ts';
import {
  createUnpackJob,
  helpUnpack,
  takeSeries,
  withdrawJob,
  type PlacedSeries,
  type UnpackJob,
} from './unpack-job.ts';
import { createUnpackingThread } from './unpacking-thread.ts';

const startAt = Date.UTC(2026, 0, 1);
const samplesEach = 300;

function runOf(series: number, part: number): { readonly times: Float64Array; readonly values: Float64Array } {
  const first = part * samplesEach;
  return {
    times: Float64Array.from({ length: samplesEach }, (_, index) => startAt + (first + index) * 15_000 + (index % 7)),
    values: Float64Array.from({ length: samplesEach }, (_, index) => (first + index) * (series + 1) + (index % 3)),
  };
}

/** A job of some series of two frames each, whose packed bytes lie behind the room of their samples. */
function jobOf(count: number, options: { readonly until?: number; readonly withoutRoom?: number } = {}): UnpackJob {
  const writer = createPageWriter();
  for (let series = 0; series < count; series += 1) {
    for (const part of [0, 1]) writer.add(series, runOf(series, part));
  }
  const page = writer.finish();
  const frames = decodeDirectory(page?.directory ?? Buffer.alloc(0)) ?? [];
  const roomBytes = count * 4 * samplesEach * Float64Array.BYTES_PER_ELEMENT;
  const memory = new SharedArrayBuffer(roomBytes + (page?.bytes.length ?? 0));
  new Uint8Array(memory).set(page?.bytes ?? [], roomBytes);
  const placed = Array.from({ length: count }, (_, series): PlacedSeries => {
    const room = new Float64Array(memory, series * 4 * samplesEach * 8, 4 * samplesEach);
    return {
      frames: frames
        .filter(({ ref }) => ref === series)
        .map((frame) => ({
          frame,
          times: { offset: roomBytes + frame.times.offset, length: frame.times.length },
          values: { offset: roomBytes + frame.offset, length: frame.length },
        })),
      room: series === options.withoutRoom ? undefined : room,
    };
  });
  return createUnpackJob(placed, { memory, until: options.until ?? Infinity });
}

function wholeOf(series: number): { readonly times: number[]; readonly values: number[] } {
  const parts = [runOf(series, 0), runOf(series, 1)];
  return { times: parts.flatMap(({ times }) => [...times]), values: parts.flatMap(({ values }) => [...values]) };
}

function taken(job: UnpackJob, series: number): ReturnType<typeof wholeOf> | undefined {
  const run = takeSeries(job, series);
  return run && { times: [...run.times], values: [...run.values] };
}

describe('a job of unpacking', () => {
  it('gives its owner what the helper has unpacked, as it was written', () => {
    const job = jobOf(5);
    helpUnpack(job);
    for (let series = 0; series < 5; series += 1) expect(taken(job, series)).toEqual(wholeOf(series));
  });

  it('leaves to its owner what that one has taken before, and what has no room', () => {
    const job = jobOf(4, { withoutRoom: 2 });
    expect(taken(job, 0)).toBeUndefined();
    helpUnpack(job);
    expect(taken(job, 0)).toBeUndefined();
    expect(taken(job, 1)).toEqual(wholeOf(1));
    expect(taken(job, 2)).toBeUndefined();
    expect(taken(job, 3)).toEqual(wholeOf(3));
    // Nobody has written to the room of what the owner took.
    expect(new Float64Array(job.memory, 0, 4 * samplesEach).every((value) => value === 0)).toBe(true);
  });

  it("is its owner's alone once it was withdrawn: nobody writes to the rooms any more", () => {
    const job = jobOf(3);
    withdrawJob(job);
    helpUnpack(job);
    for (let series = 0; series < 3; series += 1) expect(taken(job, series)).toBeUndefined();
    expect(new Float64Array(job.memory, 0, 12 * samplesEach).every((value) => value === 0)).toBe(true);
  });

  it('leaves to its owner what is damaged, which tells of it', () => {
    const job = jobOf(3);
    const damagedAt = job.frames[2 * 7 + 4] ?? 0;
    const bytes = new Uint8Array(job.memory);
    bytes[damagedAt + 3] = (bytes[damagedAt + 3] ?? 0) ^ 1;
    helpUnpack(job);
    expect(taken(job, 0)).toEqual(wholeOf(0));
    expect(taken(job, 1)).toBeUndefined();
    expect(taken(job, 2)).toEqual(wholeOf(2));
  });

  it('holds at least the samples before its end', () => {
    const until = startAt + 400 * 15_000;
    const job = jobOf(1, { until });
    helpUnpack(job);
    const { times = [] } = taken(job, 0) ?? {};
    const wanted = wholeOf(0).times.filter((at) => at < until);
    expect(times.slice(0, wanted.length)).toEqual(wanted);
  });
});

describe('a thread that helps to unpack', () => {
  const stack = new AsyncDisposableStack();
  afterAll(() => stack.disposeAsync());

  it('unpacks what nobody else has taken, job after job', async () => {
    const thread = stack.use(createUnpackingThread());
    for (const count of [3, 8]) {
      const job = jobOf(count);
      expect(taken(job, 0)).toBeUndefined();
      thread.offer(job);
      const isStored = (place: number): boolean => (job.states[place * 2] ?? 0) > 3;
      await vi.waitFor(() => expect([1, 2].every(isStored)).toBe(true), { timeout: 120_000, interval: 20 });
      for (let series = 1; series < count; series += 1) expect(taken(job, series)).toEqual(wholeOf(series));
    }
  }, 130_000);

  it('begins with nothing once it was closed', async () => {
    const thread = createUnpackingThread();
    await thread[Symbol.asyncDispose]();
    const job = jobOf(2);
    thread.offer(job);
    expect(taken(job, 1)).toBeUndefined();
  });
});
