import type { LogPatternStore, Meter, Pacer, SignalStore } from '@heliosiq/ports';
import { createLogPatternBook } from './log-pattern-book.ts';

/**
 * A signal store that gives each log the id of its pattern as it is stored. The catalogue has a pattern before the first of its
 * logs is there; who appends logs by another way, such as a replay, appends them through a store like this one.
 */
export function createPatternedSignals({
  signals,
  patterns,
  meter,
  pacer,
}: {
  readonly signals: SignalStore;
  readonly patterns: LogPatternStore;
  readonly meter: Meter;
  readonly pacer: Pacer;
}): SignalStore {
  const book = createLogPatternBook({ patterns, meter, breathe: pacer.giveWay });
  return {
    ...signals,
    async append(tenantId, given) {
      const logs = given.filter((signal) => signal.kind === 'log');
      const named = await book.name(tenantId, logs);
      await signals.append(tenantId, given, { patternOf: (log) => named.get(log) });
    },
  };
}
