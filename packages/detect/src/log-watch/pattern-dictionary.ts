import type { TenantId } from '@heliosiq/model';
import { type LogPatternMiner, type MinedPattern, createLogPatternMiner } from '@heliosiq/model/log-pattern-miner.ts';
import type { StateStore } from '@heliosiq/ports';

/** Scope of the states in the store; a new layout takes a new scope and learns anew. */
const dictionaryScope = 'detect-log-patterns-1';

/** A dictionary is saved in so many parts, so that a new pattern writes a few kilobytes. */
const partsCount = 64;
/** Patterns of a dictionary, and of all that are held between saves, about 3.5 kB each. */
const patternsMax = 3000;
const heldPatternsMax = 9000;

interface Held {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly miner: LogPatternMiner;
  /** Parts that changed since they were saved. */
  readonly dirty: Set<number>;
}

/** The patterns of a tenant's logs of a partition, as far as this stage has met them. */
export interface PatternDictionaries {
  open(tenantId: TenantId, partition: number): Promise<LogPatternMiner>;
  /** Writes what changed, then lets those go that were not used longest, down to the limit. */
  save(): Promise<void>;
  /** Drops everything, saved or not. */
  forget(): void;
}

/** Dictionaries over a state store. */
export function createPatternDictionaries(states: StateStore): PatternDictionaries {
  // In the order of their last use.
  const held = new Map<string, Held>();

  async function load(tenantId: TenantId, partition: number): Promise<Held> {
    const keys = Array.from({ length: partsCount }, (_, part) => keyOf(partition, part));
    const miner = createLogPatternMiner({ patternsMax });
    for (const { bytes } of await states.get(tenantId, dictionaryScope, keys)) {
      // Its own bytes; the scope says that the shape is the one that was written.
      miner.load(JSON.parse(Buffer.from(bytes).toString()) as MinedPattern[]);
    }
    miner.takeChanges();
    return { tenantId, partition, miner, dirty: new Set() };
  }

  async function write({ tenantId, partition, miner, dirty }: Held): Promise<void> {
    const { changed, gone } = miner.takeChanges();
    for (const { id } of changed) dirty.add(partOf(id));
    for (const id of gone) dirty.add(partOf(id));
    if (dirty.size === 0) return;
    const parts = new Map([...dirty].map((part) => [part, [] as (MinedPattern | undefined)[]]));
    for (const { id } of miner.patterns()) parts.get(partOf(id))?.push(miner.mined(id));
    const entries = [...parts].map(([part, patterns]) => ({
      key: keyOf(partition, part),
      bytes: Buffer.from(JSON.stringify(patterns)),
    }));
    await states.put(tenantId, dictionaryScope, entries);
    dirty.clear();
  }

  return {
    async open(tenantId, partition) {
      const key = `${tenantId} ${partition}`;
      const found = held.get(key) ?? (await load(tenantId, partition));
      held.delete(key);
      held.set(key, found);
      return found.miner;
    },
    async save() {
      let size = 0;
      for (const each of held.values()) {
        await write(each);
        size += each.miner.size;
      }
      for (const [key, { miner }] of held) {
        if (size <= heldPatternsMax || held.size === 1) break;
        size -= miner.size;
        held.delete(key);
      }
    },
    forget: () => held.clear(),
  };
}

function keyOf(partition: number, part: number): string {
  return `${partition}/${part}`;
}

function partOf(id: string): number {
  return Number.parseInt(id.slice(0, 4), 16) % partsCount;
}
