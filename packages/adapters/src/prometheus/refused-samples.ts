import type { TenantId } from '@heliosiq/model';
import { sliceRun } from '../sample-run.ts';
import type { SampleRun } from '../sample-run.ts';
import type { SendParts, SettleRefusal, WritePart } from './sample-writer.ts';

/** Told of samples that the server does not take, whatever is tried. */
export type OnRefused = (tenantId: TenantId, refused: { readonly samples: number; readonly reason: string }) => void;

/** Reads what the server has of the parts' series in the span of their samples. */
export type ReadStored = (tenantId: TenantId, parts: readonly WritePart[]) => Promise<readonly SampleRun[]>;

interface Refusal {
  readonly reason: string;
  readonly kind: 'late' | 'too-old' | 'other';
}

/**
 * Finds out which samples of a refused request can be stored, and stores these. Servers refuse a request whole for one sample
 * (Prometheus) or take the others (Mimir, Thanos); none says which sample it was. So what is stored already is left
 * out, which is all there is to do after a request that was repeated; then the rest is tried in halves down to single series.
 */
export function createRefusedSamples({
  send,
  readStored,
  onRefused,
}: {
  readonly send: SendParts;
  readonly readStored: ReadStored;
  readonly onRefused: OnRefused;
}): SettleRefusal {
  return async (tenantId, parts, first) => {
    const refused = new Map<string, number>();
    /** The server takes nothing up to this time. */
    let tooOldUntil = -Infinity;
    /** Of each series, the newest sample that was stored before. */
    const newestStored = new Map<string, number>();

    function refuse(samples: number, reason: string): void {
      if (samples > 0) refused.set(reason, (refused.get(reason) ?? 0) + samples);
    }

    function dropUntil(part: WritePart, until: number, reason: string): WritePart {
      const start = part.run.times.findIndex((at) => at > until);
      const end = part.run.times.length;
      const kept = start < 0 ? end : start;
      refuse(kept, reason);
      return kept === 0 ? part : { ...part, run: sliceRun(part.run, kept, end) };
    }

    async function divide(given: readonly WritePart[], reason: string): Promise<void> {
      const left = given.map((part) => dropUntil(part, tooOldUntil, reason)).filter(({ run }) => run.times.length > 0);
      if (left.length === 0) return;
      const outcome = await send(tenantId, left);
      if (outcome.isTaken) return;
      const [only] = left;
      if (left.length > 1 || only === undefined) {
        const middle = Math.ceil(left.length / 2);
        await divide(left.slice(0, middle), outcome.reason);
        await divide(left.slice(middle), outcome.reason);
        return;
      }
      await divideSeries(only, outcome);
    }

    /** What is newer than all that was stored may still come in order; else the newest sample tells about all older ones. */
    async function divideSeries(part: WritePart, refusal: Refusal): Promise<void> {
      const { times } = part.run;
      const newest = times.length - 1;
      const stored = newestStored.get(part.series.id) ?? -Infinity;
      if ((times[0] ?? Infinity) <= stored && (times[newest] ?? -Infinity) > stored) {
        await divide([dropUntil(part, stored, refusal.reason)], refusal.reason);
        return;
      }
      const last = newest === 0 ? refusal : await refusalOf({ ...part, run: sliceRun(part.run, newest, newest + 1) });
      if (last !== undefined) {
        refuse(times.length, last.reason);
        if (last.kind === 'too-old') tooOldUntil = Math.max(tooOldUntil, times[newest] ?? -Infinity);
        return;
      }
      const middle = Math.ceil(newest / 2);
      await divide([{ ...part, run: sliceRun(part.run, 0, middle) }], refusal.reason);
      if (middle < newest) await divide([{ ...part, run: sliceRun(part.run, middle, newest) }], refusal.reason);
    }

    async function refusalOf(part: WritePart): Promise<Refusal | undefined> {
      const outcome = await send(tenantId, [part]);
      return outcome.isTaken ? undefined : outcome;
    }

    let left = parts;
    if (first.kind !== 'other') {
      const stored = await readStored(tenantId, parts);
      left = parts.map((part, index) => {
        const run = stored[index];
        const newest = run?.times.at(-1);
        if (run === undefined || newest === undefined) return part;
        newestStored.set(part.series.id, newest);
        const { rest, changed } = withoutStored(part.run, run);
        refuse(changed, 'another value is stored for this time');
        return { ...part, run: rest };
      });
    }
    await divide(left, first.reason);
    for (const [reason, samples] of refused) onRefused(tenantId, { samples, reason });
  };
}

/** The samples at times that are not stored, and how many of the others differ from what is. */
function withoutStored(run: SampleRun, stored: SampleRun): { readonly rest: SampleRun; readonly changed: number } {
  const valueAt = new Map(Array.from(stored.times, (at, index) => [at, stored.values[index]]));
  let changed = 0;
  const kept: number[] = [];
  for (const [index, at] of run.times.entries()) {
    if (!valueAt.has(at)) kept.push(index);
    else if (!Object.is(valueAt.get(at), run.values[index])) changed += 1;
  }
  const rest = {
    times: Float64Array.from(kept, (index) => run.times[index] ?? 0),
    values: Float64Array.from(kept, (index) => run.values[index] ?? 0),
  };
  return { rest, changed };
}
