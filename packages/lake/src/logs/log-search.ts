import { HeliosError, worseSeverity, type Severity, type TenantId } from '@heliosiq/model';
import type {
  LogPatternStore,
  LogQuestion,
  LogSearch,
  SignalFilter,
  SignalStore,
  StoredLogPattern,
  TimeRange,
} from '@heliosiq/ports';
import { stepOf, stepsOf } from './log-steps.ts';

/** Ids that a store is asked for at once. */
const idsMax = 2000;
/** Patterns, and groups of them, that are counted in one question. */
const groupsMax = 20_000;

/** Finds logs by words and patterns in the store of signals; a pattern means those that have grown into it, too. */
export function createLogSearch({
  signals,
  patterns,
}: {
  readonly signals: SignalStore;
  readonly patterns: LogPatternStore;
}): LogSearch {
  async function filterOf(tenantId: TenantId, { text, asset, severity, pattern }: LogQuestion): Promise<SignalFilter> {
    return {
      ...(text === undefined ? {} : { text }),
      ...(asset === undefined ? {} : { assets: [asset] }),
      ...(severity === undefined ? {} : { severities: [severity] }),
      ...(pattern === undefined ? {} : { patterns: await idsMeantBy(tenantId, pattern) }),
    };
  }

  /** A pattern that nobody knows means itself: the catalogue may have forgotten it while its logs are still there. */
  async function idsMeantBy(tenantId: TenantId, pattern: string): Promise<readonly string[]> {
    const found = await patterns.find(tenantId, [pattern]);
    return [...new Set([pattern, ...found.flatMap(({ id, formerIds }) => [id, ...formerIds])])].slice(0, idsMax);
  }

  async function catalogueOf(
    tenantId: TenantId,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredLogPattern>> {
    const byId = new Map<string, StoredLogPattern>();
    for (let start = 0; start < ids.length; start += idsMax) {
      const found = await patterns.find(tenantId, ids.slice(start, start + idsMax));
      for (const pattern of found) if (!byId.has(pattern.id)) byId.set(pattern.id, pattern);
      // Where another process still writes the narrower pattern, the grown one speaks for it.
      for (const pattern of found) for (const id of pattern.formerIds) byId.set(id, pattern);
    }
    return byId;
  }

  return {
    async find(tenantId, question, range, { limit, after }) {
      const filter = await filterOf(tenantId, question);
      const behind = after === undefined ? {} : { after };
      const logs = await signals.findLogs(tenantId, filter, range, { limit, ...behind });
      const last = logs.at(-1)?.log;
      return { logs, ...(logs.length < limit || last === undefined ? {} : { next: { at: last.at, id: last.id } }) };
    },

    async histogram(tenantId, question, range, { steps }) {
      const stepMs = stepOf(range, checkedSteps(steps));
      const histogram = stepsOf(range, stepMs);
      const filter = await filterOf(tenantId, question);
      const counted = await signals.countLogs(tenantId, filter, range, { by: ['time'], stepMs, limit: groupsMax });
      for (const { at, lines } of counted) add(histogram, at, lines);
      return histogram;
    },

    async patterns(tenantId, question, range, { limit, steps }) {
      const filter = await filterOf(tenantId, question);
      const counted = await signals.countLogs(tenantId, filter, range, {
        by: ['pattern', 'severity'],
        limit: groupsMax,
      });
      const ids = [...new Set(counted.flatMap(({ pattern }) => (pattern === undefined ? [] : [pattern])))];
      const catalogue = await catalogueOf(tenantId, ids);
      const totals = new Map<string, Total>();
      let lines = 0;
      for (const { pattern = '', severity = 'info', ...count } of counted) {
        lines += count.lines;
        const known = catalogue.get(pattern);
        if (known !== undefined) addTotal(totals, { known, severity, pattern, ...count });
      }
      const top = [...totals.values()].sort((a, b) => b.lines - a.lines || (a.known.id < b.known.id ? -1 : 1));
      const shown = top.slice(0, limit);
      const histograms = await histogramsOf(tenantId, {
        shown,
        filter,
        range,
        stepMs: stepOf(range, checkedSteps(steps)),
      });
      return {
        patterns: top.length,
        lines,
        uses: shown.map(({ known, worst, lines: own, lastAt }, index) => ({
          id: known.id,
          template: known.template,
          firstAt: known.firstAt,
          lastAt: Math.max(known.lastAt, lastAt),
          lines: own,
          histogram: histograms[index] ?? stepsOf(range, stepOf(range, steps)),
          worst,
          example: known.example,
        })),
      };
    },

    async spread(tenantId, pattern, range) {
      const known = await patterns.find(tenantId, [pattern]);
      if (known.length === 0) return undefined;
      const filter = { patterns: await idsMeantBy(tenantId, pattern) };
      const [assets, severities] = await Promise.all([
        signals.countLogs(tenantId, filter, range, { by: ['asset'], limit: 100 }),
        signals.countLogs(tenantId, filter, range, { by: ['severity'], limit: 10 }),
      ]);
      return {
        assets: assets.map(({ asset = '', lines }) => ({ asset, lines })),
        severities: severities.map(({ severity = 'info', lines }) => ({ severity, lines })),
      };
    },
  };

  async function histogramsOf(
    tenantId: TenantId,
    {
      shown,
      filter,
      range,
      stepMs,
    }: { shown: readonly Total[]; filter: SignalFilter; range: TimeRange; stepMs: number },
  ) {
    const histograms = shown.map(() => stepsOf(range, stepMs));
    const place = new Map(shown.flatMap(({ ids }, index) => [...ids].map((id) => [id, index] as const)));
    const asked = [...place.keys()].slice(0, idsMax);
    const question = { by: ['pattern', 'time'], stepMs, limit: groupsMax } as const;
    const counted =
      asked.length === 0 ? [] : await signals.countLogs(tenantId, { ...filter, patterns: asked }, range, question);
    for (const { pattern = '', at, lines } of counted) {
      const histogram = histograms[place.get(pattern) ?? -1];
      if (histogram !== undefined) add(histogram, at, lines);
    }
    return histograms;
  }
}

/** What the lines of one pattern of the catalogue amount to. */
interface Total {
  readonly known: StoredLogPattern;
  /** Ids under which its lines are stored. */
  readonly ids: Set<string>;
  lines: number;
  lastAt: number;
  worst: Severity;
}

function addTotal(
  totals: Map<string, Total>,
  count: {
    readonly known: StoredLogPattern;
    readonly pattern: string;
    readonly severity: Severity;
    readonly lines: number;
    readonly lastAt: number;
  },
): void {
  const { known, pattern, severity, lines, lastAt } = count;
  const total = totals.get(known.id) ?? { known, ids: new Set(), lines: 0, lastAt, worst: severity };
  totals.set(known.id, total);
  total.ids.add(pattern);
  total.lines += lines;
  total.lastAt = Math.max(total.lastAt, lastAt);
  total.worst = worseSeverity(total.worst, severity);
}

function add(histogram: ReturnType<typeof stepsOf>, at: number | undefined, lines: number): void {
  const index = ((at ?? Number.NaN) - histogram.from) / histogram.stepMs;
  const before = histogram.counts[index];
  if (before !== undefined) histogram.counts[index] = before + lines;
}

function checkedSteps(steps: number): number {
  if (Number.isInteger(steps) && steps >= 1 && steps <= 500) return steps;
  throw new HeliosError('invalid-request', `steps is ${steps}, which is not a whole number from 1 to 500`, {
    field: 'steps',
    cure: 'Give a whole number from 1 to 500.',
  });
}
