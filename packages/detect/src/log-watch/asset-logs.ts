import { HeliosError, type TenantId } from '@heliosiq/model';
import type { Logger, StateStore } from '@heliosiq/ports';
import { type AssetLog, createAssetLog, packAssetLog, unpackAssetLog } from './asset-log.ts';

/** Scope of the states in the store; a new layout takes a new scope and learns anew. */
export const assetLogScope = 'detect-asset-logs-1';

const keysPerRead = 200;
const entriesPerWrite = 200;
/** Patterns of assets that are held between saves, about 400 bytes each with their asset's share. */
const heldPatternsMax = 40_000;

interface Held {
  readonly tenantId: TenantId;
  readonly asset: string;
  /** Undefined until the first line of a new asset says when it begins. */
  log: AssetLog | undefined;
  isDirty: boolean;
}

/** What is known of assets' logs: the most recently used in memory, the rest in the state store. */
export interface AssetLogs {
  /** Brings the assets into memory, restored or new. */
  load(tenantId: TenantId, assets: readonly string[]): Promise<void>;
  /** A loaded asset, which is then marked as changed; a new one begins at the moment. */
  use(tenantId: TenantId, asset: string, at: number): AssetLog;
  /** Writes what changed, then lets those go that were not used longest, down to the limit. */
  save(): Promise<void>;
  forget(): void;
  readonly size: number;
}

export function createAssetLogs(states: StateStore, logger: Logger): AssetLogs {
  // In the order of their last use.
  const held = new Map<string, Held>();
  const keyOf = (tenantId: TenantId, asset: string): string => `${tenantId} ${asset}`;

  function restored(bytes: Uint8Array, asset: string): AssetLog | undefined {
    const log = unpackAssetLog(bytes);
    if (log === undefined) logger.warn({ asset }, 'the stored state of an asset\u2019s logs is of another version');
    return log;
  }

  function patternsHeld(): number {
    let patterns = 0;
    for (const { log } of held.values()) patterns += 10 + (log?.patterns.size ?? 0);
    return patterns;
  }

  return {
    async load(tenantId, assets) {
      const missing = assets.filter((asset) => !held.has(keyOf(tenantId, asset)));
      for (let start = 0; start < missing.length; start += keysPerRead) {
        const keys = missing.slice(start, start + keysPerRead);
        const stored = new Map((await states.get(tenantId, assetLogScope, keys)).map(({ key, bytes }) => [key, bytes]));
        for (const asset of keys) {
          const bytes = stored.get(asset);
          const log = bytes === undefined ? undefined : restored(bytes, asset);
          held.set(keyOf(tenantId, asset), { tenantId, asset, log, isDirty: false });
        }
      }
    },
    use(tenantId, asset, at) {
      const key = keyOf(tenantId, asset);
      const found = held.get(key);
      if (found === undefined) throw new HeliosError('internal', `the logs of asset ${asset} were not loaded`);
      if (!found.isDirty) {
        found.isDirty = true;
        held.delete(key);
        held.set(key, found);
      }
      found.log ??= createAssetLog(at);
      return found.log;
    },
    async save() {
      const byTenant = Map.groupBy(
        [...held.values()].filter(({ isDirty }) => isDirty),
        ({ tenantId }) => tenantId,
      );
      for (const [tenantId, changed] of byTenant) {
        for (let start = 0; start < changed.length; start += entriesPerWrite) {
          const part = changed.slice(start, start + entriesPerWrite);
          const entries = part.flatMap(({ asset, log }) =>
            log === undefined ? [] : [{ key: asset, bytes: packAssetLog(log) }],
          );
          await states.put(tenantId, assetLogScope, entries);
          for (const each of part) each.isDirty = false;
        }
      }
      let patterns = patternsHeld();
      for (const [key, { log }] of held) {
        if (patterns <= heldPatternsMax) break;
        held.delete(key);
        patterns -= 10 + (log?.patterns.size ?? 0);
      }
    },
    forget: () => held.clear(),
    get size() {
      return held.size;
    },
  };
}
