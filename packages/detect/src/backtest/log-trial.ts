import type { Anomaly, AnomalyId, Log, SensitivityLevel, SensitivityTuning, TenantId } from '@heliosiq/model';
import type { LogPlace, Logger, SignalStore, StateStore, TimeRange } from '@heliosiq/ports';
import { createTuningRules } from '../feedback/tuning-rules.ts';
import type { LogLine } from '../log-watch/log-line.ts';
import { createLogWatch } from '../log-watch/log-watch.ts';
import type { SeriesSettings } from '../series-settings.ts';

/** Which logs, and at which sensitivity. */
export interface LogTrial {
  readonly tenantId: TenantId;
  readonly range: TimeRange;
  /** All where there are none. */
  readonly assets?: readonly string[] | undefined;
  readonly level: SensitivityLevel;
}

export interface LogTrialOptions {
  /** Of the models of lines a minute, as shipped. */
  readonly series: SeriesSettings;
  readonly breathe: () => Promise<void> | undefined;
  readonly signal: AbortSignal;
  /** Someone waits for it: it stops after so long, about. */
  readonly runMsMax: number;
}

/** What was found; of each anomaly the last revision. */
export interface LogTrialResult {
  readonly lines: number;
  /** True when there are more lines than were looked at; the newest were. */
  readonly isCut: boolean;
  readonly anomalies: readonly Anomaly[];
}

const pageMax = 1000;
/** Lines of a trial: they are held at once, because a store gives the newest first and detection reads the oldest first. */
const linesMax = 100_000;
const linesAtOnce = 2000;

/** A state store that forgets: everything is new to a trial, and nothing of it is kept. */
const forgetful: StateStore = { get: () => Promise.resolve([]), put: () => Promise.resolve() };

/** Replays stored logs through a watch over logs that begins with nothing. */
export async function judgeStoredLogs(
  { signals, logger }: { readonly signals: Pick<SignalStore, 'findLogs'>; readonly logger: Logger },
  { tenantId, range, assets, level }: LogTrial,
  { series, breathe, signal, runMsMax }: LogTrialOptions,
): Promise<LogTrialResult> {
  const startedAt = performance.now();
  const isLate = (share: number): boolean => performance.now() - startedAt > share * runMsMax;
  const logs: Log[] = [];
  let after: LogPlace | undefined;
  let isCut = false;
  for (;;) {
    signal.throwIfAborted();
    const options = after === undefined ? { limit: pageMax } : { limit: pageMax, after };
    const page = await signals.findLogs(tenantId, assets === undefined ? {} : { assets }, range, options);
    for (const { log } of page) logs.push(log);
    const last = page.at(-1)?.log;
    if (page.length < pageMax || last === undefined) break;
    after = { at: last.at, id: last.id };
    isCut = logs.length >= linesMax || isLate(0.5);
    if (isCut) break;
  }
  logs.reverse();
  const watch = createLogWatch({ states: forgetful, logger, series });
  const rules = createTuningRules([{ ...trialTuning, level }]);
  const found = new Map<AnomalyId, Anomaly>();
  let lines = 0;
  while (lines < logs.length) {
    signal.throwIfAborted();
    if (isLate(1)) {
      isCut = true;
      break;
    }
    const batch = logs.slice(lines, lines + linesAtOnce).map((log, index): LogLine => ({
      ...{ log, offset: lines + index, appendedAt: lines + index },
    }));
    lines += batch.length;
    for (const { anomaly } of await watch.observeLines({ tenantId, partition: 0, lines: batch, breathe })) {
      if (rules.mutedBy(anomaly) === undefined) found.set(anomaly.id, anomaly);
    }
  }
  return { lines, isCut, anomalies: [...found.values()] };
}

const trialTuning: Omit<SensitivityTuning, 'level'> = {
  kind: 'sensitivity',
  id: 'trial',
  createdAt: 0,
  createdBy: 'trial',
};
