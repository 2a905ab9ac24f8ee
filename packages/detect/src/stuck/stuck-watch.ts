import type { StuckSettings } from './stuck-settings.ts';
import type { RecordTable } from '../record-table.ts';
import { STUCK } from './stuck-table.ts';

/** A value that is stuck, or moves again. Times in milliseconds since the epoch. */
export interface StuckChange {
  readonly kind: 'opened' | 'closed';
  /** Number of the series. */
  readonly ref: number;
  readonly value: number;
  /** The sample that is repeated, the last one that repeated it, and the one that ended it. */
  readonly startedAt: number;
  readonly lastAt: number;
  readonly endedAt?: number;
  /** How often it came again, and from how many times on that is told. */
  readonly repeats: number;
  readonly limit: number;
  /** The most that the series repeated a value of late, and what it did before: where it was, and how often it moved. */
  readonly longest: number;
  readonly lively: number;
  readonly lowest: number;
  readonly highest: number;
  readonly samples: number;
  readonly firstAt: number;
}

/** Watches series for a value that they repeat far more often than they ever did. */
export interface StuckWatch {
  /** Takes in one sample; one that is not newer than the last changes nothing. */
  observe(record: number, at: number, value: number): StuckChange | undefined;
}

/** Samples that weigh on the shares of a series. */
const shareSamples = 500;

export function createStuckWatch(table: RecordTable, settings: StuckSettings): StuckWatch {
  /** Repetitions from which on a value is stuck; infinite for a series that is not one to be stuck. */
  function limitOf(record: number): number {
    const numbers = table.numbers();
    const number = (index: number): number => numbers[record + index] ?? 0;
    const value = number(STUCK.value);
    const lively = number(STUCK.lively);
    const isKnown =
      number(STUCK.samples) >= settings.learningSamples &&
      number(STUCK.runFrom) - number(STUCK.firstAt) >= settings.learningMs;
    const isLively = lively >= settings.livelyShare && number(STUCK.falling) >= settings.fallingShare;
    // What rests at its floor or its ceiling is idle or full, and the model of the series says whether that is usual.
    const isWithin = value !== 0 && value > number(STUCK.lowest) && value < number(STUCK.highest);
    if (!isKnown || !isLively || !isWithin) return Number.POSITIVE_INFINITY;
    const byChance = settings.chanceDecades / -Math.log10(Math.min(0.999, Math.max(1e-4, 1 - lively)));
    return Math.ceil(Math.max(settings.repeatsMin, settings.longestFactor * number(STUCK.longest), byChance));
  }

  function changeOf(record: number, kind: StuckChange['kind'], endedAt?: number): StuckChange {
    const numbers = table.numbers();
    const number = (index: number): number => numbers[record + index] ?? 0;
    return {
      kind,
      ref: number(STUCK.ref),
      value: number(STUCK.value),
      startedAt: number(STUCK.runFrom),
      lastAt: number(STUCK.lastAt),
      ...(endedAt === undefined ? {} : { endedAt }),
      repeats: number(STUCK.repeats),
      limit: limitOf(record),
      longest: Math.round(number(STUCK.longest)),
      lively: number(STUCK.lively),
      lowest: number(STUCK.lowest),
      highest: number(STUCK.highest),
      samples: number(STUCK.samples),
      firstAt: number(STUCK.firstAt),
    };
  }

  /** Learns from a run that has ended: what was told once as stuck is trouble; when it happens again it is how the series is. */
  function learnRun(record: number, value: number): void {
    const numbers = table.numbers();
    const repeats = numbers[record + STUCK.repeats] ?? 0;
    const missed = (numbers[record + STUCK.missed] ?? 0) + (numbers[record + STUCK.told] ?? 0);
    const isTrouble = numbers[record + STUCK.told] === 1 && missed < 2;
    numbers[record + STUCK.missed] = isTrouble ? missed : missed % 2;
    if (isTrouble) return;
    const samples = numbers[record + STUCK.samples] ?? 0;
    const rate = Math.max(1 / Math.max(1, samples), 1 / shareSamples);
    const kept = (1 - Math.min(0.999, rate)) ** repeats;
    const lively = (numbers[record + STUCK.lively] ?? 0) * kept;
    const falling = (numbers[record + STUCK.falling] ?? 0) * kept;
    const isLower = value < (numbers[record + STUCK.value] ?? 0) ? 1 : 0;
    numbers[record + STUCK.lively] = lively + rate * (1 - lively);
    numbers[record + STUCK.falling] = falling + rate * (isLower - falling);
    const spanMs = Math.max(0, (numbers[record + STUCK.lastAt] ?? 0) - (numbers[record + STUCK.runFrom] ?? 0));
    const faded = (numbers[record + STUCK.longest] ?? 0) * 0.5 ** (spanMs / settings.longestHalfLifeMs);
    numbers[record + STUCK.longest] = Math.max(faded, repeats);
  }

  function begin(record: number, at: number, value: number): void {
    const numbers = table.numbers();
    numbers[record + STUCK.firstAt] = at;
    numbers[record + STUCK.lastAt] = at;
    numbers[record + STUCK.runFrom] = at;
    numbers[record + STUCK.value] = value;
    numbers[record + STUCK.lowest] = value;
    numbers[record + STUCK.highest] = value;
    numbers[record + STUCK.samples] = 1;
  }

  return {
    observe(record, at, value) {
      const numbers = table.numbers();
      const samples = numbers[record + STUCK.samples] ?? 0;
      if (samples === 0) {
        begin(record, at, value);
        return undefined;
      }
      if (at <= (numbers[record + STUCK.lastAt] ?? 0)) return undefined;
      if (value === numbers[record + STUCK.value]) {
        const repeats = (numbers[record + STUCK.repeats] ?? 0) + 1;
        numbers[record + STUCK.lastAt] = at;
        numbers[record + STUCK.samples] = samples + 1;
        numbers[record + STUCK.repeats] = repeats;
        const isTold = numbers[record + STUCK.told] === 1;
        if (isTold || repeats < settings.repeatsMin || repeats < limitOf(record)) return undefined;
        numbers[record + STUCK.told] = 1;
        return changeOf(record, 'opened');
      }
      const closed = numbers[record + STUCK.told] === 1 ? changeOf(record, 'closed', at) : undefined;
      learnRun(record, value);
      numbers[record + STUCK.lastAt] = at;
      numbers[record + STUCK.samples] = samples + 1;
      numbers[record + STUCK.told] = 0;
      numbers[record + STUCK.repeats] = 0;
      numbers[record + STUCK.runFrom] = at;
      numbers[record + STUCK.value] = value;
      numbers[record + STUCK.lowest] = Math.min(numbers[record + STUCK.lowest] ?? 0, value);
      numbers[record + STUCK.highest] = Math.max(numbers[record + STUCK.highest] ?? 0, value);
      return closed;
    },
  };
}
