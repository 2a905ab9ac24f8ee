import { overlayRuns, type SampleRun } from '../sample-run.ts';
import {
  createFrameReader,
  decodeDirectory,
  isWhole,
  type Column,
  type FrameReader,
  type PageFrame,
} from './sample-page.ts';

/** A page or block with its bytes. */
export interface LoadedPage {
  readonly id: number;
  /** Undefined when the directory is damaged: then nothing of the page can be read. */
  readonly frames: readonly PageFrame[] | undefined;
  readonly reader: FrameReader;
  bytesOf(column: Column): Uint8Array;
}

/** A frame and the page that it is in. */
export interface LoadedFrame {
  readonly page: LoadedPage;
  readonly frame: PageFrame;
}

/** A page from its row. */
export function loadedPage({
  id,
  directory,
  bytes,
}: {
  readonly id: number;
  readonly directory: Buffer;
  readonly bytes: Buffer;
}): LoadedPage {
  const bytesOf = ({ offset, length }: Column): Uint8Array => bytes.subarray(offset, offset + length);
  return { id, frames: decodeDirectory(directory), reader: createFrameReader(bytesOf), bytesOf };
}

/** The frames of pages by series, in ascending order of the series' numbers; of one series in the order of the pages. */
export function framesBySeries(pages: readonly LoadedPage[]): ReadonlyMap<number, readonly LoadedFrame[]> {
  const bySeries = new Map<number, LoadedFrame[]>();
  for (const page of pages) {
    for (const frame of page.frames ?? []) {
      const own = bySeries.get(frame.ref);
      if (own === undefined) bySeries.set(frame.ref, [{ page, frame }]);
      else own.push({ page, frame });
    }
  }
  return new Map([...bySeries].sort(([a], [b]) => a - b));
}

/** The samples of frames laid over each other; damaged frames are left out and told. */
export function runOfFrames(frames: readonly LoadedFrame[], onDamage: (frame: LoadedFrame) => void): SampleRun {
  const runs: SampleRun[] = [];
  for (const loaded of frames) {
    const run = loaded.page.reader.read(loaded.frame);
    if (run === undefined) onDamage(loaded);
    else runs.push(run);
  }
  return overlayRuns(runs);
}

/** True when the bytes of a frame are those that were written. */
export function isFrameWhole({ page, frame }: LoadedFrame): boolean {
  return isWhole(frame, page.bytesOf(frame)) && isWhole(frame.times, page.bytesOf(frame.times));
}
