import type { AnomalyEvent, SeriesRef, TenantId } from '@heliosiq/model';
import type { Logger, StateStore } from '@heliosiq/ports';
import type { PartitionKey } from '../partition-state.ts';
import { type FlapSettings, flapDefaults } from './flap-settings.ts';
import { type FlapView, type FlapWatch, createFlapWatch } from './flap-watch.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and begins anew. */
export const flapScope = 'detect-flapping-1';

/** Keeps what flaps from being told again and again. */
export interface FlapFilter {
  /** Brings what is known of a partition into memory; to be called before `view`. */
  load(partition: PartitionKey): Promise<void>;
  /** What is to be told of what the samples of one series did to its anomalies. */
  view(
    partition: PartitionKey,
    /** Whose samples, and the time of the newest of them. */
    seen: { readonly series: SeriesRef; readonly clock: number },
    events: readonly AnomalyEvent[],
  ): FlapView;
  /** Writes what changed. */
  save(): Promise<void>;
  /** Drops everything, saved or not: another process may have gone on meanwhile. */
  forget(): void;
}

interface Held {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly watch: FlapWatch;
  dirty: boolean;
}

export function createFlapFilter(deps: {
  readonly states: StateStore;
  readonly logger: Logger;
  readonly settings?: Partial<FlapSettings>;
}): FlapFilter {
  const settings = { ...flapDefaults, ...deps.settings };
  const held = new Map<string, Held>();
  const keyOf = ({ tenantId, partition }: PartitionKey): string => `${tenantId} ${partition}`;

  return {
    async load({ tenantId, partition }) {
      const key = keyOf({ tenantId, partition });
      if (held.has(key)) return;
      const watch = createFlapWatch(settings);
      const [stored] = await deps.states.get(tenantId, flapScope, [`${partition}`]);
      try {
        if (stored !== undefined) watch.restore(stored.bytes);
      } catch (error) {
        // Some anomalies more are told one by one.
        deps.logger.warn({ partition, error }, 'what flaps cannot be read and is found anew');
      }
      held.set(key, { tenantId, partition, watch, dirty: false });
    },
    view(partition, { series, clock }, events) {
      const each = held.get(keyOf(partition));
      if (each === undefined) return { silenced: new Set(), told: [] };
      const view = each.watch.observe(series.id, events, clock);
      if (events.length > 0 || view.told.length > 0) each.dirty = true;
      return view;
    },
    async save() {
      for (const each of held.values()) {
        if (!each.dirty) continue;
        await deps.states.put(each.tenantId, flapScope, [{ key: `${each.partition}`, bytes: each.watch.pack() }]);
        each.dirty = false;
      }
    },
    forget: () => held.clear(),
  };
}
