import { type QuietTenant, judgeQuiet } from './quiet-verdict.ts';
import type { SilenceChange, TenantSilence } from './silence-change.ts';
import type { HeldSilence, SilenceRound } from './silence-part.ts';
import { slotsPerChunk } from './silence-table.ts';
import type { OverdueAsset, WallLook } from './wall-look.ts';
import { WATCH } from './watch-numbers.ts';

export interface TenantLookDeps {
  readonly round: SilenceRound;
  /** The heads of all partitions of the tenant, as they are saved. */
  readonly heads: () => Promise<ReadonlyMap<number, Float64Array>>;
  /** Lets a partition go that another process has, or of which there is nothing to wait for. */
  readonly drop: (held: HeldSilence, reason: 'left' | 'idle') => void;
}

/** A partition in the hands of this process, with what a look at it found. */
interface Looked {
  readonly held: HeldSilence;
  readonly look: WallLook;
}

/**
 * Looks at all partitions of a tenant together, so that one silence of all of them is told once.
 *
 * @param own the partitions that this process looks at
 */
export async function lookForSilence(
  own: readonly HeldSilence[],
  { round, heads, drop }: TenantLookDeps,
): Promise<readonly SilenceChange[]> {
  const { now, awakeSince } = round;
  const lookAt = (held: HeldSilence): Looked => ({
    held,
    look: held.watch.lookAt(now, awakeSince.get(held.partition) ?? now),
  });
  const first = own.map(lookAt);
  for (const { held, look } of first) {
    const isIdle = look.dueAt.length + look.overdue.length === 0 && held.watch.tenantSilence() === undefined;
    if (isIdle) drop(held, 'idle');
  }
  const isCalm = first.every(({ held, look }) => look.overdue.length === 0 && held.watch.tenantSilence() === undefined);
  if (isCalm) return [];
  // When the log took the newest record of each partition, as far as it is saved; those of other processes remain.
  const elsewhere = new Map([...(await heads())].map(([partition, head]) => [partition, head[WATCH.seenAt] ?? 0]));
  const kept = own.filter((held) => {
    const isLeft = (elsewhere.get(held.partition) ?? 0) > held.watch.seenAt();
    if (isLeft) {
      drop(held, 'left');
      round.onLeft(held.partition);
    } else elsewhere.delete(held.partition);
    return !isLeft;
  });
  const seenAt = Math.max(0, ...elsewhere.values(), ...kept.map(({ watch }) => watch.seenAt()));
  resumeEnded(kept, seenAt);
  const looked = kept.map(lookAt);
  const silence = silenceGoingOn(kept);
  const quiet = { now, looks: looked.map(({ look }) => look), seenAt, isSilent: silence !== undefined };
  return changesOf(looked, quiet, silence);
}

/** A silence of the tenant that a later record ended, in whatever partition, is over in all. */
function resumeEnded(kept: readonly HeldSilence[], seenAt: number): void {
  for (const { watch, table, dirty } of kept) {
    const silence = watch.tenantSilence();
    if (silence === undefined || seenAt <= silence.toldAt) continue;
    watch.resume();
    for (let chunk = 0; chunk * slotsPerChunk < table.size(); chunk += 1) dirty.add(chunk);
  }
}

function silenceGoingOn(kept: readonly HeldSilence[]): TenantSilence | undefined {
  return kept.flatMap(({ watch }) => watch.tenantSilence() ?? []).toSorted((a, b) => b.revision - a.revision)[0];
}

function changesOf(
  looked: readonly Looked[],
  quiet: QuietTenant,
  silence: TenantSilence | undefined,
): readonly SilenceChange[] {
  const { lost, silent } = judgeQuiet(quiet);
  const changes: SilenceChange[] = [];
  for (const { held, look } of looked) {
    const own = look.overdue.filter((asset) => lost.includes(asset));
    if (own.length > 0) changes.push(...held.watch.lose(own, { now: quiet.now, speaking: look.dueAt.length }));
    touch(held, own);
  }
  if (silent.length === 0) return changes;
  const shares = looked.flatMap(({ held, look }) => {
    const own = look.overdue.filter((asset) => silent.includes(asset));
    return own.length === 0 ? [] : [{ held, own }];
  });
  const told: TenantSilence = {
    // Other processes see the same moment for their partitions, so what each tells is one anomaly.
    startedAt: silence?.startedAt ?? quiet.seenAt,
    toldAt: quiet.now,
    revision: (silence?.revision ?? 0) + 1,
    assets: (silence?.assets ?? 0) + silent.length,
  };
  const parts = shares.map(({ held, own }) => {
    touch(held, own);
    return held.watch.loseAll(own, told);
  });
  const [lead] = parts.toSorted((a, b) => a.usualMs - b.usualMs);
  if (lead !== undefined) changes.push({ ...lead, refs: parts.flatMap(({ refs }) => refs) });
  return changes;
}

function touch({ dirty }: HeldSilence, assets: readonly OverdueAsset[]): void {
  for (const { slots } of assets) for (const slot of slots) dirty.add(Math.floor(slot / slotsPerChunk));
}
