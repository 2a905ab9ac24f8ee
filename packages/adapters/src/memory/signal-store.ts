import { type DiscreteSignal, HeliosError, type Log } from '@heliosiq/model';
import type { LogCount, SignalFilter, SignalPlace, SignalStore, StoredLog, TimeRange } from '@heliosiq/ports';
import { checkKeyCount, checkedLimit } from '../limits.ts';
import { signalText } from '../signal-text.ts';
import { createTenantMap } from './tenant-map.ts';

interface Held {
  readonly signal: DiscreteSignal;
  readonly pattern: string | undefined;
}

/** A signal store in memory, gone with the process. */
export function createMemorySignalStore(): SignalStore {
  const tenants = createTenantMap(() => new Map<string, Held>());

  function matching(held: ReadonlyMap<string, Held>, filter: SignalFilter, range: TimeRange): Held[] {
    const matches = matcherOf(filter, range);
    return [...held.values()].filter(matches).sort((a, b) => byPlace(a.signal, b.signal));
  }

  function logsOf(held: ReadonlyMap<string, Held>, filter: SignalFilter, range: TimeRange): StoredLog[] {
    return matching(held, { ...filter, kinds: ['log'] }, range)
      .flatMap(({ signal, pattern }) =>
        signal.kind === 'log' ? [{ log: signal, ...(pattern === undefined ? {} : { pattern }) }] : [],
      )
      .sort((a, b) => b.log.at - a.log.at || (a.log.id < b.log.id ? -1 : 1));
  }

  return {
    async append(tenantId, signals, { patternOf } = {}) {
      const held = tenants.of(tenantId);
      for (const signal of signals) {
        const identity = `${signal.kind} ${signal.at} ${signal.id}`;
        if (held.has(identity)) continue;
        held.set(identity, { signal, pattern: signal.kind === 'log' ? patternOf?.(signal) : undefined });
      }
    },
    async find(tenantId, filter, range, { limit, after }) {
      checkedLimit(limit, 100_000);
      return matching(tenants.of(tenantId), filter, range)
        .filter(({ signal }) => after === undefined || byPlace(signal, after) > 0)
        .slice(0, limit)
        .map(({ signal }) => signal);
    },
    async findLogs(tenantId, filter, range, { limit, after }) {
      checkedLimit(limit, 1000);
      const isBehind = ({ at, id }: Log): boolean =>
        after === undefined || at < after.at || (at === after.at && id > after.id);
      return logsOf(tenants.of(tenantId), filter, range)
        .filter(({ log }) => isBehind(log))
        .slice(0, limit);
    },
    async countLogs(tenantId, filter, range, { by, stepMs, limit }) {
      checkedLimit(limit, 20_000);
      if (by.includes('time') && !(stepMs !== undefined && stepMs >= 1)) {
        throw new HeliosError('invalid-request', 'Counting by time needs a step', { field: 'stepMs' });
      }
      const groups = new Map<string, LogCount>();
      for (const { log, pattern } of logsOf(tenants.of(tenantId), filter, range)) {
        if (by.includes('pattern') && pattern === undefined) continue;
        const group = {
          ...(by.includes('pattern') && pattern !== undefined && { pattern }),
          ...(by.includes('asset') && { asset: log.asset }),
          ...(by.includes('severity') && { severity: log.severity }),
          ...(by.includes('time') && stepMs !== undefined && { at: Math.floor(log.at / stepMs) * stepMs }),
        };
        const key = JSON.stringify(group);
        const before = groups.get(key) ?? { ...group, lines: 0, firstAt: log.at, lastAt: log.at };
        groups.set(key, {
          ...before,
          lines: before.lines + 1,
          firstAt: Math.min(before.firstAt, log.at),
          lastAt: Math.max(before.lastAt, log.at),
        });
      }
      return [...groups.values()].sort((a, b) => b.lines - a.lines).slice(0, limit);
    },
  };
}

/** Newest first, then by kind and id. */
function byPlace(a: SignalPlace, b: SignalPlace): number {
  return b.at - a.at || compareTexts(a.kind, b.kind) || compareTexts(a.id, b.id);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function matcherOf(filter: SignalFilter, range: TimeRange): (held: Held) => boolean {
  const { kinds, assets, severities, patterns } = filter;
  checkKeyCount(patterns ?? [], 2000, 'patterns');
  const text = filter.text?.toLowerCase();
  return ({ signal, pattern }) =>
    signal.at >= range.from &&
    signal.at < range.to &&
    (kinds?.includes(signal.kind) ?? true) &&
    (assets?.includes(signal.asset) ?? true) &&
    (severities === undefined || (signal.kind !== 'change' && severities.includes(signal.severity))) &&
    (patterns === undefined || (pattern !== undefined && patterns.includes(pattern))) &&
    (text === undefined || signalText(signal).toLowerCase().includes(text));
}
