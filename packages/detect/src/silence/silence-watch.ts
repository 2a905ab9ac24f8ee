import type { SeriesRef } from '@heliosiq/model';
import { isFleetPause } from './fleet-pause.ts';
import { nameHash, nameStem } from './name-hash.ts';
import { createReplacedSeries } from './replaced-series.ts';
import type { SilenceChange, TenantSilence } from './silence-change.ts';
import { createSilenceLearning } from './silence-learning.ts';
import type { SilenceSettings } from './silence-settings.ts';
import { TOLD, type SilenceTable } from './silence-table.ts';
import { type OverdueAsset, type WallLook, goneAfterMs, lookAtWallClock } from './wall-look.ts';
import { WATCH } from './watch-numbers.ts';

/** Where samples come from. */
export interface Arrival {
  readonly series: SeriesRef;
  /** When the log took them. */
  readonly seenAt: number;
  /** Since when someone has been looking without a break: a wait that began before it is nobody's habit. */
  readonly awakeSince?: number;
  /** The slot of the series in the table, where it is known; looked up where it is another's by now. */
  readonly slot?: number;
}

const noChanges: readonly SilenceChange[] = [];

/** After a stop of the machine the log may take samples for so long before anyone looks again. */
const wakingMs = 60_000;

/** Watches the series of one partition of a tenant for silence. */
export interface SilenceWatch {
  /**
   * Takes in what one record has of one series: the times of its samples in ascending order. Samples that are not newer
   * than the last one change nothing. Returns what it ended.
   */
  arrived(ref: number, times: readonly number[], from: Arrival): readonly SilenceChange[];
  /** After the last series of a record: lets event time go on and looks who is silent. */
  settled(): readonly SilenceChange[];
  /** Who sends live and is overdue at a moment of the wall clock, looked for without a break since another. Changes nothing. */
  lookAt(now: number, awakeSince: number): WallLook;
  /** Tells assets as silent that are overdue while others send. */
  lose(
    lost: readonly OverdueAsset[],
    options: { readonly now: number; readonly speaking: number },
  ): readonly SilenceChange[];
  /** Makes assets part of a silence of the whole tenant; what is to be told of those of this partition. */
  loseAll(lost: readonly OverdueAsset[], silence: TenantSilence): SilenceChange;
  /** The silence of the whole tenant that is going on, as this partition knows it. */
  tenantSilence(): TenantSilence | undefined;
  /** The tenant sends again: whoever does not is judged anew. */
  resume(): void;
  /** When the log took the newest record that told of any series; 0 before the first. */
  readonly seenAt: () => number;
  /** Series that are not watched because there are too many. */
  readonly unwatched: () => number;
}

/** @param numbers `WATCH_NUMBERS` numbers, part of the state as the table is */
export function createSilenceWatch(
  table: SilenceTable,
  numbers: Float64Array,
  settings: SilenceSettings,
): SilenceWatch {
  const learning = createSilenceLearning(table, settings);
  const { waited, seen, limitMs, isKnown } = learning;
  const replaced = createReplacedSeries(table, settings);
  const { newestByStem, isReplacedIn } = replaced;
  const slotsOf = new Map<number, number[]>();
  for (let slot = 0; slot < table.size(); slot += 1) enlist(slot);
  let free: number[] = [];
  let unwatched = 0;
  const num = (index: number): number => numbers[index] ?? 0;
  /** Event time that two assets have reached, one where there are not three: one wrong clock does not silence the rest. */
  const clock = (): number => (slotsOf.size < 3 ? num(WATCH.leadAt) : num(WATCH.secondAt));
  /** Where event time was before the record at hand. */
  let recordClock = clock();

  function enlist(slot: number): void {
    const asset = table.columns().assets[slot] ?? 0;
    const slots = slotsOf.get(asset);
    if (slots === undefined) slotsOf.set(asset, [slot]);
    else slots.push(slot);
  }

  function delist(slot: number): void {
    const asset = table.columns().assets[slot] ?? 0;
    const rest = (slotsOf.get(asset) ?? []).filter((one) => one !== slot);
    if (rest.length === 0) slotsOf.delete(asset);
    else slotsOf.set(asset, rest);
  }

  function newSlot(ref: number, at: number, series: SeriesRef): number {
    let slot = table.size() < settings.seriesMax ? table.add(ref) : -1;
    if (slot === -1) {
      slot = free.pop() ?? -1;
      if (slot === -1) {
        unwatched += 1;
        return -1;
      }
      delist(slot);
      table.reuse(slot, ref);
    }
    const columns = table.columns();
    columns.firstAt[slot] = at;
    columns.lastAt[slot] = at;
    columns.assets[slot] = nameHash(series.asset);
    columns.assetStems[slot] = nameHash(nameStem(series.asset));
    columns.seriesStems[slot] = nameHash(`${series.asset} ${series.metric}`);
    enlist(slot);
    return slot;
  }

  function drive(asset: number, at: number): void {
    if (asset === num(WATCH.leadAsset)) numbers[WATCH.leadAt] = Math.max(num(WATCH.leadAt), at);
    else if (at > num(WATCH.leadAt)) {
      numbers[WATCH.secondAt] = num(WATCH.leadAt);
      numbers[WATCH.leadAsset] = asset;
      numbers[WATCH.leadAt] = at;
    } else numbers[WATCH.secondAt] = Math.max(num(WATCH.secondAt), at);
  }

  /** What the return of a silent series ends: all that was told with it. */
  function returned(slot: number, endedAt: number): SilenceChange | undefined {
    const { told, assets, eventAt } = table.columns();
    const how = told[slot];
    const startedAt = eventAt[slot] ?? 0;
    const others = (slotsOf.get(assets[slot] ?? 0) ?? []).filter(
      (one) => one !== slot && told[one] === how && eventAt[one] === startedAt,
    );
    const silent = [slot, ...others];
    for (const one of silent) told[one] = TOLD.no;
    if (how === TOLD.alone) return changeOf('closed', 'series', { slots: silent, startedAt, endedAt });
    if (how === TOLD.withAsset) return changeOf('closed', 'asset', { slots: silent, startedAt, endedAt });
    if (how === TOLD.withTenant) return tenantReturned(silent, endedAt);
    if (how !== TOLD.withGroup || num(WATCH.groupAt) !== startedAt) return undefined;
    numbers[WATCH.groupBack] = num(WATCH.groupBack) + 1;
    if (num(WATCH.groupBack) * 2 < num(WATCH.groupAssets)) return undefined;
    const change = groupChange('closed', { slots: silent, endedAt });
    numbers[WATCH.groupAt] = 0;
    return change;
  }

  function tenantReturned(slots: readonly number[], endedAt: number): SilenceChange | undefined {
    const silence = tenantSilence();
    if (silence === undefined) return undefined;
    const { startedAt, assets } = silence;
    const change = changeOf('closed', 'tenant', { slots, startedAt, endedAt });
    resume();
    return { ...change, assets, revision: silence.revision + 1 };
  }

  function tenantSilence(): TenantSilence | undefined {
    if (num(WATCH.tenantAt) === 0) return undefined;
    return {
      ...{ startedAt: num(WATCH.tenantAt), toldAt: num(WATCH.tenantToldAt) },
      ...{ revision: num(WATCH.tenantRevision), assets: num(WATCH.tenantAssets) },
    };
  }

  function resume(): void {
    const { told } = table.columns();
    for (let slot = 0; slot < table.size(); slot += 1) if (told[slot] === TOLD.withTenant) told[slot] = TOLD.no;
    numbers[WATCH.tenantAt] = 0;
  }

  function changeOf(
    kind: SilenceChange['kind'],
    scope: SilenceChange['scope'],
    { slots, startedAt, endedAt, now }: { slots: readonly number[]; startedAt: number; endedAt?: number; now?: number },
  ): SilenceChange {
    const { refs, usualMs, arrivals, firstAt } = table.columns();
    const ordered = slots.toSorted((a, b) => (usualMs[a] ?? 0) - (usualMs[b] ?? 0) || (refs[a] ?? 0) - (refs[b] ?? 0));
    const lead = ordered[0] ?? 0;
    return {
      kind,
      scope,
      refs: ordered.map((slot) => refs[slot] ?? 0),
      startedAt,
      toldAt: endedAt ?? now ?? clock(),
      ...(endedAt === undefined ? {} : { endedAt }),
      usualMs: usualMs[lead] ?? 0,
      limitMs: limitMs(lead),
      arrivals: arrivals[lead] ?? 0,
      firstAt: firstAt[lead] ?? 0,
      assets: 1,
      revision: kind === 'opened' ? 1 : 2,
    };
  }

  function groupChange(
    kind: SilenceChange['kind'],
    { slots, ...rest }: { slots: readonly number[]; endedAt?: number; now?: number },
  ): SilenceChange {
    numbers[WATCH.groupRevision] = num(WATCH.groupRevision) + 1;
    return {
      ...changeOf(kind, 'group', { slots, startedAt: num(WATCH.groupAt), ...rest }),
      assets: num(WATCH.groupAssets),
      revision: num(WATCH.groupRevision),
    };
  }

  function mark(slots: readonly number[], how: number, startedAt: number): void {
    const { told, eventAt } = table.columns();
    for (const slot of slots) {
      told[slot] = how;
      eventAt[slot] = startedAt;
    }
  }

  const lastOf = (slots: readonly number[]): number => {
    const { lastAt } = table.columns();
    return slots.reduce((latest, slot) => Math.max(latest, lastAt[slot] ?? 0), 0);
  };

  const isSpeaking = (slot: number, now: number): boolean =>
    now - Math.max(table.columns().lastAt[slot] ?? 0, num(WATCH.resumedAt)) <= limitMs(slot);

  /** Which series are silent, asset by asset, and how many assets speak. */
  function look(now: number) {
    const { told, lastAt } = table.columns();
    const silent: { readonly slots: readonly number[]; readonly isWhole: boolean }[] = [];
    let speaking = 0;
    free = [];
    for (const slots of slotsOf.values()) {
      const speaks = slots.some((slot) => isSpeaking(slot, now));
      if (speaks) speaking += 1;
      const overdue = slots.filter((slot) => told[slot] === TOLD.no && !isSpeaking(slot, now) && isKnown(slot));
      if (overdue.length > 0) silent.push({ slots: overdue, isWhole: !speaks });
      for (const slot of slots) if (now - (lastAt[slot] ?? 0) > goneAfterMs) free.push(slot);
    }
    return { silent, speaking };
  }

  /** Enough assets that sent before these fell silent and send now: without them it is the sender that is gone. */
  function isWitnessed(slots: readonly number[], now: number): boolean {
    const { firstAt, lastAt, assets } = table.columns();
    const lost = lastOf(slots);
    const own = assets[slots[0] ?? 0];
    let needed = slotsOf.size > 3 ? 2 : 1;
    for (const [asset, others] of slotsOf) {
      if (asset === own) continue;
      const saw = others.some(
        (slot) => (firstAt[slot] ?? 0) < lost && (lastAt[slot] ?? 0) > lost && isSpeaking(slot, now),
      );
      if (saw) needed -= 1;
      if (needed === 0) return true;
    }
    return false;
  }

  function tellAssets(
    lost: readonly (readonly number[])[],
    { speaking, now }: { readonly speaking: number; readonly now?: number },
  ): SilenceChange[] {
    const told = now === undefined ? {} : { now };
    const isOutage =
      lost.length >= settings.groupAssetsMin && lost.length >= settings.groupShareMin * (lost.length + speaking);
    if (num(WATCH.groupAt) === 0 && !isOutage) {
      return lost.map((slots) => {
        const startedAt = lastOf(slots);
        mark(slots, TOLD.withAsset, startedAt);
        return changeOf('opened', 'asset', { slots, startedAt, ...told });
      });
    }
    const slots = lost.flat();
    const isNew = num(WATCH.groupAt) === 0;
    if (isNew) {
      numbers[WATCH.groupAt] = Math.min(...lost.map(lastOf));
      numbers[WATCH.groupRevision] = 0;
      numbers[WATCH.groupAssets] = 0;
      numbers[WATCH.groupBack] = 0;
    }
    mark(slots, TOLD.withGroup, num(WATCH.groupAt));
    numbers[WATCH.groupAssets] = num(WATCH.groupAssets) + lost.length;
    return [groupChange(isNew ? 'opened' : 'updated', { slots, ...told })];
  }

  function check(now: number): SilenceChange[] {
    const { silent, speaking } = look(now);
    if (silent.length === 0) {
      numbers[WATCH.pendingAt] = 0;
      return [];
    }
    // Series fall silent one interval apart at most: a look later all that did together are told together.
    if (num(WATCH.pendingAt) === 0) {
      numbers[WATCH.pendingAt] = now;
      return [];
    }
    numbers[WATCH.pendingAt] = 0;
    const { assetStems, seriesStems } = table.columns();
    const newestAsset = newestByStem(assetStems);
    const newestSeries = newestByStem(seriesStems);
    const lost: (readonly number[])[] = [];
    const changes: SilenceChange[] = [];
    for (const { slots, isWhole } of silent) {
      const stems = isWhole ? assetStems : seriesStems;
      const newest = isWhole ? newestAsset : newestSeries;
      const gone = slots.filter((slot) => isReplacedIn(slot, stems, newest));
      mark(gone, TOLD.gone, 0);
      const missing = slots.filter((slot) => !gone.includes(slot));
      if (missing.length === 0) continue;
      if (!isWhole) {
        const startedAt = lastOf(missing);
        mark(missing, TOLD.alone, startedAt);
        changes.push(changeOf('opened', 'series', { slots: missing, startedAt }));
      } else if (isWitnessed(missing, now)) lost.push(missing);
    }
    if (lost.length > 0) changes.push(...tellAssets(lost, { speaking }));
    return changes;
  }

  return {
    lookAt: (now, awakeSince) => lookAtWallClock({ table, slotsOf, learning, replaced }, { now, awakeSince }),
    resume,
    tenantSilence,
    seenAt: () => num(WATCH.seenAt),
    lose: (lost, { now, speaking }) =>
      tellAssets(
        lost.map(({ slots }) => slots),
        { speaking, now },
      ),
    loseAll(lost, { startedAt, toldAt, revision, assets }) {
      const slots = lost.flatMap((one) => one.slots);
      mark(slots, TOLD.withTenant, startedAt);
      numbers[WATCH.tenantAt] = startedAt;
      numbers[WATCH.tenantToldAt] = toldAt;
      numbers[WATCH.tenantRevision] = revision;
      numbers[WATCH.tenantAssets] = assets;
      const change = changeOf(revision === 1 ? 'opened' : 'updated', 'tenant', { slots, startedAt, now: toldAt });
      return { ...change, revision, assets };
    },
    unwatched: () => unwatched,
    arrived(ref, times, { series, seenAt, awakeSince = 0, slot: expected = -1 }) {
      const first = times[0];
      if (first === undefined) return noChanges;
      const known = table.refAt(expected) === ref ? expected : table.slotOf(ref);
      const slot = known === -1 ? newSlot(ref, first, series) : known;
      if (slot === -1) return noChanges;
      const columns = table.columns();
      let changes: SilenceChange[] | undefined;
      // How far others had got before it came counts: who sends once an hour what it measures each minute is not silent.
      let waitedUntil = recordClock;
      const [before, beforeSeenAt] = [columns.lastAt[slot] ?? 0, columns.seenAt[slot] ?? 0];
      const wasAway = beforeSeenAt < awakeSince && awakeSince - wakingMs <= seenAt;
      let isBack = false;
      for (const at of times) {
        const last = columns.lastAt[slot] ?? 0;
        if (!(at > last)) continue;
        const wasTold = columns.told[slot] !== TOLD.no;
        isBack ||= wasTold;
        const change = wasTold ? returned(slot, at) : undefined;
        if (change !== undefined) (changes ??= []).push(change);
        const gapMs = Math.max(at, waitedUntil) - last;
        // Who was away itself has not learnt that anyone lets one wait for so long.
        if (!(wasAway && gapMs > limitMs(slot))) waited(slot, gapMs, wasTold);
        waitedUntil = 0;
        columns.lastAt[slot] = at;
      }
      const gapMs = (columns.lastAt[slot] ?? 0) - before;
      // What piled up in an outage comes all at once; who is told silent again and again sends like that.
      const isExcused = wasAway || (isBack && columns.missed[slot] === 1);
      if (known === -1 || gapMs > 0) seen(slot, gapMs, { at: seenAt, isExcused });
      numbers[WATCH.seenAt] = Math.max(num(WATCH.seenAt), seenAt);
      drive(columns.assets[slot] ?? 0, columns.lastAt[slot] ?? 0);
      return changes ?? noChanges;
    },
    settled() {
      const before = recordClock;
      recordClock = clock();
      if (
        before > 0 &&
        recordClock - before > settings.silenceMsMin &&
        isFleetPause(table, learning, { from: before, to: recordClock })
      )
        numbers[WATCH.resumedAt] = recordClock;
      if (recordClock < num(WATCH.checkedAt) + settings.checkMs) return [];
      numbers[WATCH.checkedAt] = recordClock;
      return check(recordClock);
    },
  };
}
