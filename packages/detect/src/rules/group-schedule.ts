import type { TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import type { Logger, RuleStore, TenantStore } from '@heliosiq/ports';
import { readRuleFile } from './rule-file.ts';
import type { CheckQuery, RuleGroup } from './rule-group.ts';

/** A group of a tenant's file. */
export interface ScheduledGroup {
  readonly tenantId: TenantId;
  readonly file: string;
  readonly group: RuleGroup;
}

/** Which groups there are, and when each is due. */
export interface GroupSchedule {
  isStale(now: number, rereadMs: number): boolean;
  /** Reads the files of all tenants again; gives the groups that are no more. */
  reread(now: number): Promise<readonly ScheduledGroup[]>;
  /** Those whose time has come; asking counts as evaluating. Rounds that were missed are left out, as in Prometheus. */
  takeDue(now: number): readonly ScheduledGroup[];
}

export interface GroupScheduleDeps {
  readonly rules: RuleStore;
  readonly tenants: TenantStore;
  readonly checkQuery: CheckQuery;
  readonly logger: Logger;
}

interface Slot extends ScheduledGroup {
  /** Number of the last round. */
  round: number;
}

export function createGroupSchedule({ rules, tenants, checkQuery, logger }: GroupScheduleDeps): GroupSchedule {
  let slots = new Map<string, Slot>();
  /** Texts that are read, so that an unchanged file costs nothing. */
  let read = new Map<string, { readonly text: string; readonly groups: readonly RuleGroup[] }>();
  let readAt = -Infinity;

  function groupsOf(key: string, text: string): readonly RuleGroup[] {
    const known = read.get(key);
    if (known?.text === text) return known.groups;
    const parsed = readRuleFile(text, checkQuery);
    if (parsed.ok) return parsed.groups;
    logger.warn({ file: key, line: parsed.faults[0]?.line, reason: parsed.faults[0]?.reason }, 'rules cannot be read');
    return [];
  }

  return {
    isStale: (now, rereadMs) => now - readAt >= rereadMs || now < readAt,

    async reread(now) {
      const nextSlots = new Map<string, Slot>();
      const nextRead: typeof read = new Map();
      for (const { id: tenantId } of await tenants.tenants()) {
        for (const { name: file, text } of await rules.list(tenantId)) {
          const key = `${tenantId} ${file}`;
          const groups = groupsOf(key, text);
          nextRead.set(key, { text, groups });
          for (const group of groups) {
            const slot = `${key} ${group.name}`;
            nextSlots.set(slot, { tenantId, file, group, round: slots.get(slot)?.round ?? -1 });
          }
        }
      }
      const gone = [...slots].flatMap(([key, slot]) => (nextSlots.has(key) ? [] : [slot]));
      [slots, read, readAt] = [nextSlots, nextRead, now];
      return gone;
    },

    takeDue(now) {
      const due: Slot[] = [];
      for (const slot of slots.values()) {
        const round = roundOf(slot, now);
        if (round === slot.round) continue;
        slot.round = round;
        due.push(slot);
      }
      return due;
    },
  };
}

/** Groups of one interval are spread over it, the same way in every process. */
function roundOf({ tenantId, file, group }: ScheduledGroup, now: number): number {
  const spread = Number.parseInt(contentId('round', tenantId, file, group.name).slice(0, 8), 16) / 2 ** 32;
  return Math.floor((now - spread * group.intervalMs) / group.intervalMs);
}
