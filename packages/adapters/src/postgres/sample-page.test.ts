import { describe, expect, it } from 'vitest';
import type { SampleRun } from '../sample-run.ts';
import { createFrameReader, createPageWriter, decodeDirectory, type SamplePage } from './sample-page.ts';

const startAt = Date.UTC(2026, 0, 1);

function runOf(count: number, first: number, valueOf: (index: number) => number): SampleRun {
  return {
    times: Float64Array.from({ length: count }, (_, index) => startAt + (first + index) * 15_000 + (index % 3)),
    values: Float64Array.from({ length: count }, (_, index) => valueOf(index)),
  };
}

function pageOf(series: readonly (readonly [ref: number, run: SampleRun])[]): SamplePage {
  const writer = createPageWriter();
  for (const [ref, run] of series) writer.add(ref, run);
  const page = writer.finish();
  if (page === undefined) throw new RangeError('a page needs samples');
  return page;
}

function runsOf({ directory, bytes }: Pick<SamplePage, 'directory' | 'bytes'>): [number, SampleRun | undefined][] {
  const reader = createFrameReader(({ offset, length }) => bytes.subarray(offset, offset + length));
  return (decodeDirectory(directory) ?? []).map((frame) => [frame.ref, reader.read(frame)]);
}

describe('a page of samples', () => {
  const series = [
    [3, runOf(10, 0, (index) => index)],
    [7, runOf(10, 0, (index) => index / 3)],
    [2 ** 40, runOf(5, -300_000_000, () => 1.5)],
  ] as const;

  it('gives back each series and says what it holds', () => {
    const page = pageOf(series);
    expect(runsOf(page)).toEqual(series);
    expect(page).toMatchObject({ samples: 25, series: 3, from: startAt - 45e11, until: startAt + 135_000 });
    const [first] = decodeDirectory(page.directory) ?? [];
    expect(first).toMatchObject({ ref: 3, samples: 10, firstAt: startAt, lastAt: startAt + 135_000 });
  });

  it('keeps the times of series that are measured together once', () => {
    const together = Array.from({ length: 50 }, (_, ref) => [ref, runOf(100, 0, () => ref)] as const);
    const apart = Array.from({ length: 50 }, (_, ref) => [ref, runOf(100, ref, () => ref)] as const);
    expect(pageOf(together).bytes.length * 4).toBeLessThan(pageOf(apart).bytes.length);
    expect(runsOf(pageOf(together))).toEqual(together);
  });

  it('cuts long runs into frames, so that a part is read without the rest', () => {
    const run = runOf(10_000, 0, (index) => index);
    const frames = decodeDirectory(pageOf([[1, run]]).directory) ?? [];
    expect(frames.length).toBe(3);
    expect(frames.reduce((sum, { samples }) => sum + samples, 0)).toBe(10_000);
    expect(frames.every(({ firstAt }, index) => index === 0 || firstAt > (frames[index - 1]?.lastAt ?? 0))).toBe(true);
  });

  it('takes frames over from other pages as they are', () => {
    const [one, other] = [pageOf(series.slice(0, 2)), pageOf(series.slice(1))];
    const writer = createPageWriter();
    for (const page of [one, other]) {
      for (const frame of decodeDirectory(page.directory) ?? []) {
        const { times } = frame;
        writer.addFrame(frame, {
          times: page.bytes.subarray(times.offset, times.offset + times.length),
          values: page.bytes.subarray(frame.offset, frame.offset + frame.length),
        });
      }
    }
    const both = writer.finish();
    expect(both === undefined ? [] : runsOf(both)).toEqual([series[0], series[1], series[1], series[2]]);
  });

  it('has no series whose bytes changed, and gives the others', () => {
    const page = pageOf(series);
    const frame = (decodeDirectory(page.directory) ?? [])[1];
    const values = Buffer.from(page.bytes);
    values.writeUInt8((values[frame?.offset ?? 0] ?? 0) ^ 4, frame?.offset ?? 0);
    expect(runsOf({ ...page, bytes: values }).map(([, run]) => run !== undefined)).toEqual([true, false, true]);
    const times = Buffer.from(page.bytes);
    times.writeUInt8((times[2] ?? 0) ^ 1, 2);
    expect(runsOf({ ...page, bytes: times }).map(([, run]) => run !== undefined)).toEqual([false, false, true]);
    expect(runsOf({ ...page, bytes: page.bytes.subarray(0, 3) }).every(([, run]) => run === undefined)).toBe(true);
  });

  it('has no frames when any bit of its directory changed', () => {
    const { directory } = pageOf(series);
    for (let bit = 0; bit < directory.length * 8; bit += 1) {
      const changed = Buffer.from(directory);
      changed.writeUInt8((changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7)), bit >>> 3);
      expect(decodeDirectory(changed)).toBeUndefined();
    }
    expect(decodeDirectory(directory.subarray(0, -1))).toBeUndefined();
    expect(decodeDirectory(Buffer.alloc(0))).toBeUndefined();
  });
});
