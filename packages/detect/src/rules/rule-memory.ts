import { contentId, canonicalLabels } from '@heliosiq/model/content-id.ts';
import { z } from 'zod';
import type { ActiveAlert } from './alert-states.ts';
import type { Rule, RuleGroup } from './rule-group.ts';

/** What a rule found last. Durations in milliseconds. */
export interface RuleFindings {
  readonly active: readonly ActiveAlert[];
  /** Alerts that are over, until somebody was told so. */
  readonly ended: readonly ActiveAlert[];
  readonly fault?: string | undefined;
  readonly tookMs: number;
}

/** What a group found last, by the identity of its rules. */
export interface GroupMemory {
  readonly evaluatedAt: number;
  readonly tookMs: number;
  readonly rules: Readonly<Record<string, RuleFindings>>;
}

const Alert = z.object({
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  // JSON has no word for values that are no finite numbers.
  value: z
    .number()
    .nullable()
    .transform((value) => value ?? Number.NaN),
  activeAt: z.number(),
  firedAt: z.number().optional(),
  goneAt: z.number().optional(),
});

const Memory = z.object({
  evaluatedAt: z.number(),
  tookMs: z.number(),
  rules: z.record(
    z.string(),
    z.object({ active: z.array(Alert), ended: z.array(Alert), fault: z.string().optional(), tookMs: z.number() }),
  ),
});

/** Where the memory of a group is kept in the state store. */
export const rulesScope = 'rules';

export function groupKey(file: string, group: string): string {
  return contentId('rule-group', file, group);
}

/** A rule is what it is called and what its alerts look like; a changed question or time to wait goes on with its alerts. */
export function ruleKeysOf({ rules }: RuleGroup): readonly string[] {
  const seen = new Map<string, number>();
  return rules.map((rule) => {
    const key = contentId('rule', rule.kind, rule.name, canonicalLabels(rule.labels));
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return count === 0 ? key : `${key}-${count}`;
  });
}

export function encodeMemory(memory: GroupMemory): Uint8Array {
  return Buffer.from(JSON.stringify(memory));
}

/** Undefined for bytes that are no memory of this program's. */
export function decodeMemory(bytes: Uint8Array): GroupMemory | undefined {
  try {
    const parsed = Memory.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    if (!parsed.success) return undefined;
    return {
      ...parsed.data,
      rules: Object.fromEntries(Object.entries(parsed.data.rules).map(([key, one]) => [key, findings(one)])),
    };
  } catch {
    return undefined;
  }
}

function findings(one: z.infer<typeof Memory>['rules'][string]): RuleFindings {
  return { ...one, active: one.active.map(withoutAbsent), ended: one.ended.map(withoutAbsent) };
}

function withoutAbsent({ firedAt, goneAt, ...alert }: z.infer<typeof Alert>): ActiveAlert {
  return { ...alert, ...(firedAt === undefined ? {} : { firedAt }), ...(goneAt === undefined ? {} : { goneAt }) };
}

/** Whether an alert rule has anything to say. */
export function stateOf(rule: Rule, found: RuleFindings | undefined): 'firing' | 'pending' | 'inactive' | 'unknown' {
  if (found === undefined || found.fault !== undefined) return 'unknown';
  if (rule.kind === 'recording' || found.active.length === 0) return 'inactive';
  return found.active.some(({ firedAt }) => firedAt !== undefined) ? 'firing' : 'pending';
}
