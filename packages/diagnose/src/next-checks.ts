import type { Diagnosis, FaultKind } from './diagnosis.ts';
import { faultKindOf } from './suspect-evidence.ts';
import { oneLine } from './sentences.ts';
import type { Suspect } from './suspect-score.ts';

/** Checks told at most. */
const CHECKS_MAX = 4;
/** A second suspect with this part of the leader's score is worth a look beside it. */
const RIVAL = 0.6;

/** What confirms or refutes a kind of fault, beginning with a verb. */
const CHECK: Readonly<Record<FaultKind, (asset: string) => string>> = {
  cpu: (asset) => `See which process or request of ${asset} takes the processor, and whether a limit throttles it.`,
  memory: (asset) => `See whether ${asset} was killed or collects garbage for want of memory, and what grew in it.`,
  disk: (asset) => `See how full the disks of ${asset} are and how long their requests wait.`,
  network: (asset) => `Measure delay and loss on the way to ${asset}, from the host of its caller.`,
  latency: (asset) => `Take a slow request of ${asset} and see what it waits for: a lock, a pool, a query.`,
  errors: (asset) => `Read the first error line of ${asset} in the window and what it was called with.`,
  traffic: (asset) => `See who sends ${asset} its requests, and whether it has as many instances as it needs.`,
  dependency: (asset) => `See why ${asset} calls what it did not call before.`,
  config: (asset) => `Compare the settings of ${asset} before and after the change, and take the change back on trial.`,
  deploy: (asset) => `Roll ${asset} back to the version before, or compare the two.`,
  data: (asset) => `Look at the input that ${asset} got when it began.`,
  sensor: (asset) => `Compare ${asset} with a second instrument: it may measure wrongly.`,
  unknown: (asset) => `Look at the logs of ${asset} at the onset.`,
};

function begunSmall(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** What to look at next: what would confirm or refute the first cause, then what would part it from the second. */
export function nextChecks(
  suspects: readonly Suspect[],
  {
    verdict,
    independent,
  }: { readonly verdict: Diagnosis['verdict']; readonly independent: Diagnosis['independentCauses'] },
): string[] {
  const [first, second] = suspects;
  if (first === undefined || verdict === 'no-fault') return [];
  const { asset } = first.role;
  const checks = [CHECK[faultKindOf(first)](asset)];
  const { change, onsetMs } = first;
  if (change !== undefined) checks.push(`Ask who made the change '${oneLine(change.change.title)}' what it touches.`);
  for (const { asset: other } of independent) {
    const suspect = suspects.find(({ role }) => role.asset === other);
    if (suspect !== undefined)
      checks.push(`Beside that, for ${other}: ${begunSmall(CHECK[faultKindOf(suspect)](other))}`);
  }
  const isRival = second !== undefined && !independent.some((one) => one.asset === second.role.asset);
  if (isRival && second.score >= RIVAL * first.score)
    checks.push(`To part it from ${second.role.asset}: ${begunSmall(CHECK[faultKindOf(second)](second.role.asset))}`);
  if (onsetMs !== null && first.late)
    checks.push(
      `Look for what happened before ${new Date(onsetMs).toISOString()}: ${asset} changed after the symptom.`,
    );
  return checks.slice(0, CHECKS_MAX);
}
