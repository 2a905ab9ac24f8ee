import { joinRuns, mergeRuns, runWithin, sliceRun, type SampleRun } from '../sample-run.ts';
import { decodeChunk, encodeFrame } from './sample-chunk.ts';

/** Decides, without a database, what an append does to the head and the sealed chunks of one series. */

/** Samples of a sealed chunk: about 2 kB, half a page of PostgreSQL's. */
const chunkSamples = 1000;
/** A head that reaches over more time than this is sealed, so that old data lies in chunks that end. */
const headSpanMaxMs = 7 * 86_400_000;
/** Frames of a head before it is written anew as one, because many small frames take more room. */
const headFramesMax = 40;

/** The head of a series without its bytes. */
export interface HeadState {
  readonly series_id: string;
  readonly first_at: number | null;
  readonly last_at: number | null;
  readonly samples: number;
  readonly sealed_until: number | null;
  readonly head_from: number | null;
  readonly head_samples: number;
  readonly head_frames: number;
}

/** A sealed chunk as stored. */
export interface StoredChunk {
  readonly start_at: number;
  readonly bytes: Uint8Array;
}

/** What to write. `frame` is appended to the head's bytes where `head_frames` grows by one, and replaces them otherwise. */
export interface HeadChange {
  readonly state: HeadState;
  readonly frame: Uint8Array;
  /** Starts of the chunks to delete. */
  readonly replaced: readonly number[];
  readonly sealed: readonly SealedChunk[];
}

export interface SealedChunk {
  readonly startAt: number;
  readonly endAt: number;
  readonly samples: number;
  readonly bytes: Uint8Array;
}

/** The change of an append that follows all samples of its series and leaves the head open; undefined for any other append. */
export function appendToHead(state: HeadState, run: SampleRun): HeadChange | undefined {
  const [from, until] = [firstOf(run), lastOf(run)];
  const samples = state.head_samples + run.times.length;
  if (from <= (state.last_at ?? -Infinity) || samples >= chunkSamples) return undefined;
  if (state.head_frames >= headFramesMax || until - (state.head_from ?? from) > headSpanMaxMs) return undefined;
  return {
    state: {
      ...state,
      first_at: state.first_at ?? from,
      last_at: until,
      samples: state.samples + run.times.length,
      head_from: state.head_from ?? from,
      head_samples: samples,
      head_frames: state.head_frames + 1,
    },
    frame: encodeFrame(run),
    replaced: [],
    sealed: [],
  };
}

/** The late part of a run: samples that belong among the sealed ones. */
export function lateSamples(state: HeadState, run: SampleRun): SampleRun {
  return state.sealed_until === null ? joinRuns([]) : runWithin(run, -Infinity, state.sealed_until + 1);
}

/**
 * The change of any append: `headBytes` are the head's; `chunks` those sealed ones, ascending, that late samples fall into or
 * follow, or the first one where they come before it.
 */
export function mergeIntoSeries(
  state: HeadState,
  run: SampleRun,
  stored: { readonly headBytes: Uint8Array; readonly chunks: readonly StoredChunk[] },
): HeadChange {
  const late = lateSamples(state, run);
  const resealed = resealChunks(stored.chunks, late);
  const head = decodeChunk(stored.headBytes);
  let open = mergeRuns(head, sliceRun(run, late.times.length, run.times.length));
  const added = resealed.added + open.times.length - head.times.length;

  const sealed = [...resealed.sealed];
  let sealedUntil = state.sealed_until;
  while (open.times.length >= chunkSamples || (open.times.length > 1 && lastOf(open) - firstOf(open) > headSpanMaxMs)) {
    const full = sliceRun(open, 0, Math.min(chunkSamples, open.times.length));
    open = sliceRun(open, full.times.length, open.times.length);
    sealed.push(sealedChunk(full));
    sealedUntil = lastOf(full);
  }
  const isEmpty = open.times.length === 0;
  return {
    state: {
      ...state,
      first_at: Math.min(state.first_at ?? Infinity, firstOf(run)),
      last_at: Math.max(state.last_at ?? -Infinity, lastOf(run)),
      samples: state.samples + added,
      sealed_until: sealedUntil,
      head_from: isEmpty ? null : firstOf(open),
      head_samples: open.times.length,
      head_frames: isEmpty ? 0 : 1,
    },
    frame: isEmpty ? new Uint8Array() : encodeFrame(open),
    replaced: resealed.replaced,
    sealed,
  };
}

interface Reseal {
  readonly replaced: number[];
  readonly sealed: SealedChunk[];
  /** Samples that were not there before. */
  added: number;
}

function resealChunks(chunks: readonly StoredChunk[], late: SampleRun): Reseal {
  const reseal: Reseal = { replaced: [], sealed: [], added: 0 };
  for (const [index, chunk] of chunks.entries()) {
    const from = index === 0 ? -Infinity : chunk.start_at;
    const part = runWithin(late, from, chunks[index + 1]?.start_at ?? Infinity);
    if (part.times.length === 0) continue;
    const old = decodeChunk(chunk.bytes);
    const merged = mergeRuns(old, part);
    if (isSame(old, merged)) continue;
    reseal.replaced.push(chunk.start_at);
    reseal.sealed.push(...evenParts(merged).map(sealedChunk));
    reseal.added += merged.times.length - old.times.length;
  }
  return reseal;
}

/** A chunk that grew by a half or more is cut into parts of about the usual length. */
function evenParts(run: SampleRun): SampleRun[] {
  const parts = Math.max(1, Math.round(run.times.length / chunkSamples));
  return Array.from({ length: parts }, (_, part) =>
    sliceRun(run, Math.floor((part * run.times.length) / parts), Math.floor(((part + 1) * run.times.length) / parts)),
  );
}

function isSame(one: SampleRun, other: SampleRun): boolean {
  return (
    one.times.length === other.times.length && one.values.every((value, index) => Object.is(value, other.values[index]))
  );
}

function sealedChunk(run: SampleRun): SealedChunk {
  return { startAt: firstOf(run), endAt: lastOf(run), samples: run.times.length, bytes: encodeFrame(run) };
}

function firstOf(run: SampleRun): number {
  return run.times[0] ?? Number.NaN;
}

function lastOf(run: SampleRun): number {
  return run.times.at(-1) ?? Number.NaN;
}
