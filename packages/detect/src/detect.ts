import { setTimeout as wait } from 'node:timers/promises';
import { type AnomalyEvent, HeliosError, type TenantId } from '@heliosiq/model';
import { isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { Breathe } from '@heliosiq/model/sample-gathering.ts';
import { mayBeSignalOf } from '@heliosiq/model/signal-record.ts';
import {
  type AnomalyStore,
  type EventLog,
  type LogRecord,
  type Logger,
  type Meter,
  type Pacer,
  type RecordBatch,
  type SeriesRegistry,
  type Service,
  type StateStore,
  type TenantStore,
  type TuningStore,
  commitIfHeld,
  createPacer,
} from '@heliosiq/ports';
import { createAssetShiftPart } from './asset-shift/asset-shift-part.ts';
import { createDeferredStates } from './deferred-states.ts';
import { createDetectInstruments } from './detect-instruments.ts';
import type { DetectPart } from './detect-part.ts';
import { createJobPart } from './calendar/job-part.ts';
import { createTuningReader } from './feedback/tuning-reader.ts';
import { type TuningRules, type UsualRange, thresholdOf } from './feedback/tuning-rules.ts';
import { createFlapFilter } from './flapping/flap-filter.ts';
import { createForecastPart } from './forecast/forecast-part.ts';
import { judgeAtOnce, samplesPerBreath } from './judge-samples.ts';
import { createTurns } from './turns.ts';
import type { PartitionKey } from './partition-state.ts';
import { createSaveSchedule } from './save-schedule.ts';
import { createHeldRows } from './held-rows.ts';
import { createLogWatch } from './log-watch/log-watch.ts';
import { type SeriesBlocks, gatherBlocks } from './series-blocks.ts';
import { createRecordReader } from './record-reader.ts';
import { createRowWatches } from './row-watches.ts';
import type { SeriesRows } from './series-rows.ts';
import { type SeriesSettings, defaultSeriesSettings } from './series-settings.ts';
import { createSilencePart } from './silence/silence-part.ts';
import { createSilenceRounds } from './silence/silence-rounds.ts';
import { type SilenceSettings, silenceDefaults } from './silence/silence-settings.ts';
import { createStuckPart } from './stuck/stuck-part.ts';
import { type HeldWatch, createWatchedSeries } from './watched-series.ts';

/** What can be set about the stage. */
export interface DetectSettings extends SeriesSettings {
  /** Memory for models between saves, about; the others wait in the state store. */
  readonly heldBytesMax: number;
  /** Models are saved and offsets committed this long after the first change; later while samples stream in and saving takes long. */
  readonly saveAfterMs: number;
  /** Memory for what is known of assets as a whole, between saves, about. */
  readonly assetBytesMax: number;
  readonly silence: SilenceSettings;
}

/** The shipped settings. */
export const detectDefaults: DetectSettings = {
  ...defaultSeriesSettings,
  heldBytesMax: 30_000_000,
  saveAfterMs: 2000,
  assetBytesMax: 16_000_000,
  silence: silenceDefaults,
};

/** What the stage needs. */
export interface DetectDeps {
  readonly log: EventLog;
  /** Says which series the samples are of. */
  readonly registry: SeriesRegistry;
  readonly states: StateStore;
  readonly anomalies: AnomalyStore;
  /** What people told detection; absent where nobody can. */
  readonly tunings?: TuningStore;
  /** Names the tenants whose silence may have begun while nobody looked. */
  readonly tenants?: TenantStore;
  /** Wall clock, milliseconds since the epoch. Default: the machine's. */
  readonly now?: () => number;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Shared by the stages of a process. Default: one of its own. */
  readonly pacer?: Pacer;
  readonly settings?: Partial<DetectSettings>;
}

/** Consumer group of the stage. */
export const detectGroup = 'detect';

/** Series that are loaded and judged at once; all samples of a batch that they have are judged then. */
const SERIES_AT_ONCE = 1000;

/** Where nothing came for so long, states of series are packed: they take less so. */
const COOL_AFTER_MS = 1000;

/**
 * Reads `signals`, keeps one model per series, and writes `anomalies`.
 *
 * Anomalies are stored and appended as they are found, then models are saved, then offsets committed. After a crash the
 * models are those of the last save and the same samples make the same anomalies with the same ids again.
 */
export function createDetect(deps: DetectDeps): Service {
  const settings = { ...detectDefaults, ...deps.settings };
  const pacer = deps.pacer ?? createPacer();
  const instruments = createDetectInstruments(deps.meter);
  const { registry, logger, meter } = deps;
  const states = createDeferredStates(deps.states, { breathe: () => pacer.giveWay('urgent') });
  const tuning = createTuningReader(deps.tunings);
  const watched = createWatchedSeries({
    states,
    logger,
    settings,
    heldBytesMax: settings.heldBytesMax,
  });
  const silence = createSilencePart({ ...deps, states, settings: settings.silence });
  const parts: readonly DetectPart[] = [
    createAssetShiftPart({ registry, states, logger, heldBytesMax: settings.assetBytesMax }),
    createJobPart({ registry, states, meter, logger }),
    createForecastPart({ states, meter }),
    createStuckPart({ states, meter, logger }),
    silence,
  ];
  const flaps = createFlapFilter({ states, logger });
  const logWatch = createLogWatch({ states, logger, meter, series: settings });
  const { checkMs, silenceMsMin } = settings.silence;
  const lookEveryMs = Math.max(100, Math.min(checkMs, silenceMsMin / 4));
  const rounds = createSilenceRounds({
    ...{ log: deps.log, tenants: deps.tenants, logger, now: deps.now ?? Date.now },
    ...{ part: silence, group: detectGroup, everyMs: lookEveryMs },
  });
  /** The last batch of each partition whose effects are not saved yet. */
  const uncommitted = new Map<number, RecordBatch>();

  const inWriting = createTurns();
  const heldRows = createHeldRows();
  const watches = createRowWatches(watched);
  const readRecords = createRecordReader({ registry, rejected: instruments.rejected });

  /**
   * Takes what has changed while nobody changes it; `isDone` resolves once it is in the store and the offsets behind it are
   * committed, and others may go on until then.
   */
  async function beginSave(): Promise<{ readonly isDone: Promise<void> }> {
    await saveModels();
    const batches = [...uncommitted.values()];
    uncommitted.clear();
    const isDone = inWriting(async () => {
      await states.flush();
      for (const batch of batches) await commitIfHeld(batch);
    });
    isDone.catch(() => undefined); // told to whoever awaits it; this only keeps Node from seeing it as unhandled
    return { isDone };
  }

  async function saveModels(): Promise<void> {
    await watched.save();
    for (const part of parts) await part.save();
    await flaps.save();
    await logWatch.save();
    instruments.series.set(watched.size());
  }

  async function handle(batch: RecordBatch): Promise<void> {
    rounds.noticeBreak();
    const urgency = pacer.urgencyOf(batch.records[0]?.appendedAt ?? 0, Date.now());
    const breathe = (): Promise<void> | undefined => pacer.giveWay(urgency);
    const { partition } = batch;
    for (const [tenantId, records] of judgedByTenant(batch.records)) {
      const rules = await tuning.rulesOf(tenantId);
      const series = heldRows.of({ tenantId, partition });
      const read = await readRecords(batch, { tenantId, records, series, breathe });
      await flaps.load({ tenantId, partition });
      const blocks = await gatherBlocks(read, series.size(), breathe);
      for (let from = 0; from < blocks.rows.length; from += SERIES_AT_ONCE) {
        const to = Math.min(blocks.rows.length, from + SERIES_AT_ONCE);
        const held = await watches.load(tenantId, series, blocks.rows.subarray(from, to));
        const given = { series, blocks, from, to, held, rules, breathe };
        await tell(tenantId, await detectIn({ tenantId, partition }, given));
        // Models may be ahead of the offsets: samples that a model has seen change nothing when they come again.
        if (!watched.makeRoom()) await saveModels();
      }
      const { rows: present } = blocks;
      const looks = [
        ...parts.map((part) => () => part.observe({ tenantId, partition, records: read, series, present, breathe })),
        () => logWatch.observe({ tenantId, partition, records, breathe }),
      ];
      for (const look of looks) {
        const found = await look();
        for (const { kind } of found) instruments.changes.add(1, { kind: kind.replace('anomaly-', '') });
        await tell(
          tenantId,
          found.map((event) => ({ event, isMuted: isMuted(event, rules) })),
        );
      }
    }
    uncommitted.set(batch.partition, batch);
  }

  /** Nothing came for a while: what makes the next sample cheaper is given up for what takes less memory. */
  function cool(): void {
    watched.cool();
    heldRows.clear();
  }

  /** Tells who has fallen silent while nobody sends; true when there was something. */
  async function lookForSilence(): Promise<boolean> {
    const found = await rounds.look();
    for (const { tenantId, events } of found) {
      const rules = await tuning.rulesOf(tenantId);
      for (const { kind } of events) instruments.changes.add(1, { kind: kind.replace('anomaly-', '') });
      await tell(
        tenantId,
        events.map((event) => ({ event, isMuted: isMuted(event, rules) })),
      );
    }
    return found.length > 0;
  }

  /** Stores anomalies before their events go out, so that who reads an event finds the anomaly. */
  async function tell(tenantId: TenantId, found: readonly FoundEvent[]): Promise<void> {
    if (found.length === 0) return;
    // Of several revisions of one anomaly in a batch the store needs the last.
    const latest = new Map(found.map(({ event: { anomaly } }) => [anomaly.id, anomaly]));
    await deps.anomalies.put(tenantId, [...latest.values()]);
    const events = found.flatMap(({ event, isMuted: muted }) => (muted ? [] : [event]));
    if (events.length === 0) return;
    await deps.log.append(
      tenantId,
      'anomalies',
      events.map((event) => ({
        key: tenantId,
        id: `${event.anomaly.id}-${event.anomaly.revision}`,
        value: Buffer.from(JSON.stringify(event)),
      })),
    );
  }

  async function detectIn(where: PartitionKey, given: Judging): Promise<FoundEvent[]> {
    const found: FoundEvent[] = [];
    const { tenantId } = where;
    const { series: rows, rules, breathe } = given;
    const { ends, times, values } = given.blocks;
    let samples = 0;
    for (let place = given.from; place < given.to; place += 1) {
      const row = given.blocks.rows[place] ?? 0;
      const series = rows.at(row);
      const held = given.held[row];
      if (series === undefined || held === undefined) throw new HeliosError('internal', 'a model was not loaded');
      const threshold = thresholdOf(rules.levelOf(series), settings.threshold);
      const block = { series, times, values };
      const end = ends[place] ?? 0;
      let from = place === 0 ? 0 : (ends[place - 1] ?? 0);
      samples += end - from;
      let events: readonly AnomalyEvent[] = [];
      for (; from < end; from += samplesPerBreath) {
        const turn = breathe();
        // Most series bring a sample or two, and few of them end a slice: a wait for each would cost as much as they do.
        if (turn !== undefined) await turn;
        const judgedAs = { tenantId, threshold, from, to: Math.min(end, from + samplesPerBreath) };
        const some = watched.withHeld(held, threshold, (watch) => judgeAtOnce(watch, block, judgedAs));
        if (some.length > 0) events = [...events, ...some];
      }
      const clock = times[end - 1] ?? 0;
      if (events.length === 0) {
        const { told } = flaps.view(where, { series, clock }, events);
        if (told.length === 0) continue;
        found.push(...told.map((event) => ({ event, isMuted: isMuted(event, rules) })));
        continue;
      }
      for (const { kind } of events) instruments.changes.add(1, { kind: kind.replace('anomaly-', '') });
      const usual = watched.withHeld(held, threshold, (watch) => watch.usualRange());
      const byPeople = new Set(events.filter((event) => isMuted(event, rules, usual)));
      const { silenced, told } = flaps.view(
        where,
        { series, clock },
        events.filter((event) => !byPeople.has(event)),
      );
      found.push(
        ...events.map((event) => ({ event, isMuted: byPeople.has(event) || silenced.has(event) })),
        ...told.map((event) => ({ event, isMuted: isMuted(event, rules, usual) })),
      );
    }
    instruments.samples.add(samples);
    return found;
  }

  return {
    name: 'detect',
    async run(signal) {
      const oneAtATime = createTurns();
      const stop = new AbortController();
      const save = async (): Promise<number> => {
        const begun = await oneAtATime(async () => ({ startedAt: performance.now(), ...(await beginSave()) }));
        await begun.isDone;
        return performance.now() - begun.startedAt;
      };
      const schedule = createSaveSchedule(settings.saveAfterMs, save);
      schedule.failed.catch(() => stop.abort());
      await using consumer = deps.log.consumer({
        group: detectGroup,
        topics: ['signals'],
        isUrgent: true,
        onAssigned: (_topic, partitions) =>
          // Another member may have saved newer models of these meanwhile, and what is uncommitted of them will be delivered
          // again; that of partitions which were held all along will not, and is kept.
          oneAtATime(async () => {
            for (const partition of partitions) uncommitted.delete(partition);
            if (uncommitted.size > 0) await (await beginSave()).isDone;
            await inWriting(() => states.forget());
            watched.forget();
            heldRows.clear();
            for (const part of parts) part.forget();
            flaps.forget();
            logWatch.forget();
            rounds.assigned(partitions);
          }),
      });
      const either = AbortSignal.any([signal, stop.signal]);
      /** Ends with the stage; a failure of it ends the stage. */
      const looking = (async () => {
        while (!either.aborted) {
          // An abort only ends the wait.
          await wait(lookEveryMs, undefined, { signal: either, ref: false }).catch(() => undefined);
          if (!either.aborted && (await oneAtATime(lookForSilence))) schedule.changed();
        }
      })();
      looking.catch(() => stop.abort());
      const cooling = setTimeout(() => void oneAtATime(async () => cool()), COOL_AFTER_MS).unref();
      try {
        for await (const batch of consumer.batches(either)) {
          await oneAtATime(() => handle(batch));
          schedule.changed();
          cooling.refresh();
        }
        await (stop.signal.aborted ? Promise.race([schedule.failed, looking]) : looking);
        await save();
      } finally {
        stop.abort();
        schedule.stop();
        clearTimeout(cooling);
      }
    },
  };
}

/** Series of a batch that are judged, by their places in its blocks, and what they are judged with. */
interface Judging {
  readonly series: SeriesRows;
  readonly blocks: SeriesBlocks;
  readonly from: number;
  readonly to: number;
  /** Watches by rows. */
  readonly held: readonly (HeldWatch | undefined)[];
  readonly rules: TuningRules;
  readonly breathe: Breathe;
}

/** What was found, and whether people said that it should not be told. */
interface FoundEvent {
  readonly event: AnomalyEvent;
  readonly isMuted: boolean;
}

/** The end of what was told before people spoke is told as well: whoever waits for it must hear of it. */
function isMuted({ kind, anomaly }: AnomalyEvent, rules: TuningRules, usual?: UsualRange): boolean {
  const tuning = rules.mutedBy(anomaly, usual);
  return tuning !== undefined && !(kind === 'anomaly-closed' && anomaly.startedAt < tuning.createdAt);
}

/** The records that may hold what is judged, samples and log lines, by tenant. */
function judgedByTenant(records: readonly LogRecord[]): Map<TenantId, LogRecord[]> {
  const groups = new Map<TenantId, LogRecord[]>();
  for (const record of records) {
    if (!isSampleColumns(record.value) && !mayBeSignalOf('log', record.value)) continue;
    const group = groups.get(record.tenantId);
    if (group === undefined) groups.set(record.tenantId, [record]);
    else group.push(record);
  }
  return groups;
}
