import type { OverdueAsset, WallLook } from './wall-look.ts';

/** What one look found in the partitions of a tenant. */
export interface QuietTenant {
  readonly now: number;
  readonly looks: readonly WallLook[];
  /** When the log took the newest record of the tenant, of any partition. */
  readonly seenAt: number;
  /** True while a silence of the whole tenant goes on. */
  readonly isSilent: boolean;
}

/** What is to be told of assets that are overdue. */
export interface QuietVerdict {
  /** These are silent while the tenant sends. */
  readonly lost: readonly OverdueAsset[];
  /** These went silent with everybody else: told as one. */
  readonly silent: readonly OverdueAsset[];
}

/** Share of its limit that an asset must have been silent for when another one sent, which then shows that the way in was open. */
const witnessShare = 0.5;
/** While nobody sends, those that will be overdue within so many limits of the first are waited for. */
const gatherLimits = 4;

/**
 * Tells a silent asset from a way in that is closed. Somebody who sent well into the silence is a witness: the asset itself is
 * silent. Without a witness one asset is told as itself; several are told as one silence of the tenant, and so that they are
 * one, whoever is about to become overdue is waited for.
 */
export function judgeQuiet({ now, looks, seenAt, isSilent }: QuietTenant): QuietVerdict {
  const overdue = looks.flatMap((look) => look.overdue);
  const isWitnessed = (asset: OverdueAsset): boolean => seenAt > asset.seenAt + witnessShare * asset.limitMs;
  const lost = overdue.filter(isWitnessed);
  const alone = overdue.filter((asset) => !isWitnessed(asset));
  const [first] = alone.toSorted((a, b) => a.dueAt - b.dueAt);
  if (first === undefined) return { lost, silent: [] };
  if (isSilent) return { lost, silent: alone };
  const until = first.dueAt + gatherLimits * first.limitMs;
  const isWaiting = now <= until && looks.some((look) => look.dueAt.some((dueAt) => dueAt <= until));
  if (isWaiting) return { lost, silent: [] };
  return alone.length === 1 ? { lost: [...lost, first], silent: [] } : { lost, silent: alone };
}
