import type { JobSettings } from './job-settings.ts';
import type { RecordTable } from '../record-table.ts';
import { JOB, SLOT, recordAt, slotAt, slotsPerSeries } from './job-table.ts';

const dayMs = 86_400_000;
const dayOf = (at: number): number => Math.floor(at / dayMs);
const timeOf = (at: number): number => at - dayOf(at) * dayMs;
/** 1970-01-01 was a Thursday. */
const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;
const sampleDays = 8;
const learningSamples = 50;
/** Series that send more rarely: each of their samples is an event of its own. */
const sparseMs = 2 * 3_600_000;

/** Something to be told about a job. Times in milliseconds since the epoch. */
export interface JobChange {
  readonly kind: 'opened' | 'closed';
  readonly ref: number;
  /** When it should have run. */
  readonly dueAt: number;
  readonly toldAt: number;
  readonly endedAt?: number;
  /** True when it came after all. */
  readonly isLate: boolean;
  /** The last value, the level, and where the peak of a run usually is. */
  readonly value: number;
  readonly level: number;
  readonly peak: number;
  readonly height: number;
  /** Runs seen on this weekday, and on any. */
  readonly sameWeekdayRuns: number;
  readonly runs: number;
  readonly isSparse: boolean;
}

/** Watches series for something that recurs at a time of day: a spike, or the very arrival of a sample in a sparse series. */
export interface JobWatch {
  /** Takes in one sample; one that is not newer than the last changes nothing. Returns what it ended. */
  observe(record: number, at: number, value: number): JobChange | undefined;
  /** Which jobs did not come by now. */
  check(now: number): readonly JobChange[];
}

const bits = (packed: number, weekday: number): number => Math.floor(packed / 16 ** weekday) % 16;
const withBits = (packed: number, weekday: number, count: number): number =>
  packed + (Math.min(15, count) - bits(packed, weekday)) * 16 ** weekday;
const total = (packed: number): number =>
  [0, 1, 2, 3, 4, 5, 6].reduce((sum, weekday) => sum + bits(packed, weekday), 0);

export function createJobWatch(table: RecordTable, settings: JobSettings): JobWatch {
  const num = (index: number): number => table.numbers()[index] ?? 0;
  const set = (index: number, value: number): void => {
    table.numbers()[index] = value;
  };
  const isSparse = (record: number): boolean => num(record + JOB.usualMs) > sparseMs;
  const toleranceOf = (record: number): number =>
    Math.max(settings.toleranceMs, Math.min(3_600_000, 2 * num(record + JOB.usualMs)));

  /** The slot of a time of day; a new one takes the place of one that has not been hit for a week. */
  function slotFor(record: number, at: number): number {
    const tolerance = toleranceOf(record);
    let stale = -1;
    for (let slot = 0; slot < slotsPerSeries; slot += 1) {
      const start = slotAt(record, slot);
      const time = num(start + SLOT.timeMs);
      if (time >= 0 && distanceOf(time, timeOf(at)) <= tolerance) return start;
      if (time < 0 || dayOf(at) - num(start + SLOT.hitDay) > sampleDays) stale = start;
    }
    if (stale === -1) return -1;
    for (let index = 0; index < 8; index += 1) set(stale + index, 0);
    set(stale + SLOT.timeMs, timeOf(at));
    set(stale + SLOT.checkedDay, dayOf(at));
    return stale;
  }

  /** What a run that comes within half a day of its time ends. */
  function lateRun(record: number, at: number): JobChange | undefined {
    for (let slot = 0; slot < slotsPerSeries; slot += 1) {
      const start = slotAt(record, slot);
      const toldDay = num(start + SLOT.toldDay);
      const lateMs = at - (toldDay * dayMs + num(start + SLOT.timeMs));
      if (toldDay === 0 || lateMs <= 0 || lateMs > dayMs / 2) continue;
      const change = changeOf('closed', { record, start, endedAt: at });
      set(start + SLOT.toldDay, 0);
      return change;
    }
    return undefined;
  }

  /** An event began: the job of its time of day has run. */
  function hit(record: number, at: number): JobChange | undefined {
    const late = lateRun(record, at);
    const start = slotFor(record, at);
    set(record + JOB.eventSlot, start);
    if (start === -1) return late;
    const day = dayOf(at);
    const wasTold = num(start + SLOT.toldDay) !== 0;
    const ended = wasTold ? changeOf('closed', { record, start, endedAt: at }) : late;
    if (wasTold) set(start + SLOT.toldDay, 0);
    if (num(start + SLOT.hitDay) === day) return ended;
    set(start + SLOT.hitDay, day);
    const weekday = weekdayOf(day);
    const hits = num(start + SLOT.hits);
    const misses = num(start + SLOT.misses);
    set(start + SLOT.hits, withBits(hits, weekday, bits(hits, weekday) + 1));
    set(start + SLOT.misses, withBits(misses, weekday, Math.max(0, bits(misses, weekday) - 1)));
    const drift = timeOf(at) - num(start + SLOT.timeMs);
    if (Math.abs(drift) <= toleranceOf(record)) set(start + SLOT.timeMs, num(start + SLOT.timeMs) + drift / 4);
    return ended;
  }

  /** The event is over: its size is learnt. */
  function closeEvent(record: number): void {
    const start = num(record + JOB.eventSlot);
    const peak = num(record + JOB.peak);
    set(record + JOB.peak, Number.NaN);
    if (start === -1) return;
    const height = peak - num(record + JOB.level);
    const known = num(start + SLOT.height);
    const rate = known === 0 ? 1 : 1 / 4;
    set(start + SLOT.height, known + rate * (height - known));
    set(start + SLOT.peak, num(start + SLOT.peak) + rate * (peak - num(start + SLOT.peak)));
  }

  function isExpected(start: number, weekday: number): boolean {
    const hits = num(start + SLOT.hits);
    const misses = num(start + SLOT.misses);
    const own = bits(hits, weekday);
    if (own >= settings.sameWeekdayRuns) return 4 * bits(misses, weekday) <= own;
    return own >= 1 && total(hits) >= settings.runs && total(misses) === 0;
  }

  function changeOf(
    kind: JobChange['kind'],
    { record, start, endedAt, toldAt }: { record: number; start: number; endedAt?: number; toldAt?: number },
  ): JobChange {
    const day = kind === 'opened' ? num(start + SLOT.checkedDay) : num(start + SLOT.toldDay);
    const hits = num(start + SLOT.hits);
    const dueAt = Math.round(day * dayMs + num(start + SLOT.timeMs));
    return {
      kind,
      ref: num(record + JOB.ref),
      dueAt,
      toldAt: toldAt ?? endedAt ?? dueAt,
      ...(endedAt === undefined ? {} : { endedAt }),
      isLate: endedAt !== undefined && endedAt - dueAt < dayMs / 2,
      value: num(record + JOB.level),
      level: num(record + JOB.level),
      peak: num(start + SLOT.peak),
      height: num(start + SLOT.height),
      sameWeekdayRuns: bits(hits, weekdayOf(day)),
      runs: total(hits),
      isSparse: isSparse(record),
    };
  }

  return {
    observe(record, at, value) {
      const last = num(record + JOB.lastAt);
      const count = num(record + JOB.count);
      if (count > 0 && !(at > last)) return undefined;
      set(record + JOB.lastAt, at);
      set(record + JOB.count, count + 1);
      if (count === 0) {
        set(record + JOB.level, value);
        return undefined;
      }
      const usual = num(record + JOB.usualMs);
      set(
        record + JOB.usualMs,
        usual + Math.max(1 / count, 0.02) * (Math.min(at - last, count < 5 ? Infinity : 4 * usual) - usual),
      );
      if (isSparse(record)) {
        set(record + JOB.level, value);
        return count < 3 ? undefined : hit(record, at);
      }
      const level = num(record + JOB.level);
      const step = num(record + JOB.step);
      const above = value - level;
      const isHigh =
        count > learningSamples && above > settings.eventSteps * step && above > settings.eventShare * Math.abs(level);
      const isInEvent = !Number.isNaN(num(record + JOB.peak));
      const rate = Math.max(1 / (count + 1), 0.08);
      // An event is not the level: of one that lasts, little is learnt.
      set(record + JOB.level, level + (isHigh ? rate / 8 : rate) * above);
      const move = Math.abs(above);
      set(
        record + JOB.step,
        step + Math.max(1 / (count + 1), 0.02) * (Math.min(move, count < 20 ? Infinity : 4 * step) - step),
      );
      if (isHigh && isInEvent) set(record + JOB.peak, Math.max(num(record + JOB.peak), value));
      else if (isHigh) {
        set(record + JOB.peak, value);
        return hit(record, at);
      } else if (isInEvent) closeEvent(record);
      return undefined;
    },

    check(now) {
      const changes: JobChange[] = [];
      for (let place = 0; place < table.size(); place += 1) {
        const record = recordAt(place);
        for (let slot = 0; slot < slotsPerSeries; slot += 1) {
          const start = slotAt(record, slot);
          const time = num(start + SLOT.timeMs);
          if (time < 0) continue;
          const tolerance = toleranceOf(record);
          // The newest day whose time has passed for certain.
          const day = dayOf(now - time - 2 * tolerance);
          if (day <= num(start + SLOT.checkedDay)) continue;
          set(start + SLOT.checkedDay, day);
          if (num(start + SLOT.toldDay) !== 0 && day > num(start + SLOT.toldDay)) {
            changes.push(changeOf('closed', { record, start, endedAt: now }));
            set(start + SLOT.toldDay, 0);
          }
          if (num(start + SLOT.hitDay) >= day) continue;
          const dueAt = day * dayMs + time;
          // Without samples about that time nothing is known; that is silence, which others tell.
          if (!isSparse(record) && num(record + JOB.lastAt) < dueAt + tolerance) continue;
          const weekday = weekdayOf(day);
          const expected = isExpected(start, weekday);
          const misses = num(start + SLOT.misses);
          if (bits(num(start + SLOT.hits), weekday) > 0) {
            set(start + SLOT.misses, withBits(misses, weekday, bits(misses, weekday) + 1));
          }
          if (!expected) continue;
          changes.push(changeOf('opened', { record, start, toldAt: now }));
          set(start + SLOT.toldDay, day);
        }
      }
      return changes;
    },
  };
}

/** Between two times of day, over midnight where that is shorter. */
const distanceOf = (a: number, b: number): number => Math.min(Math.abs(a - b), dayMs - Math.abs(a - b));
