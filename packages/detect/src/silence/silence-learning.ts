import type { SilenceSettings } from './silence-settings.ts';
import type { SilenceTable } from './silence-table.ts';

const arrivalsMax = 60_000;
/** Share of the way that the usual interval moves: quickly up, slowly down. */
const riseRate = 0.5;
const fallRate = 0.03;
/** A single long gap weighs on the longest; the usual one takes it for so many of its own length at most. */
const gapClip = 4;
const seenMax = 255;
/** Of what is live, waits take at least this share of themselves by the wall clock. */
const paceMin = 0.5;
/** Sums of waits fade by this with each, and one wait counts for so many times its own length at most. */
const paceFade = 0.95;
const paceClip = 4;

/** When the log took a sample, and whether the wait for it was an exception. */
export interface Seen {
  readonly at: number;
  readonly isExcused: boolean;
}

/** Learns how long series let one wait. */
export interface SilenceLearning {
  /** Takes in one wait; `wasTold` when it was told as a silence. */
  waited(slot: number, gapMs: number, wasTold: boolean): void;
  /**
   * Takes in when the log took what ended a wait of `gapMs`, which may be many samples at once; `isExcused` when the wait by the
   * wall clock is no habit of the sender, however long it was.
   */
  seen(slot: number, gapMs: number, { at, isExcused }: Seen): void;
  /** The length from which on a wait is a silence. */
  limitMs(slot: number): number;
  /** The same by the wall clock, for who sends many samples at once. */
  wallLimitMs(slot: number): number;
  /** True once a series is known well enough for its silence to mean something. */
  isKnown(slot: number): boolean;
  /** True of a known series whose samples come as time passes. */
  isLive(slot: number): boolean;
}

export function createSilenceLearning(table: SilenceTable, settings: SilenceSettings): SilenceLearning {
  function limitMs(slot: number): number {
    const { usualMs, longestMs } = table.columns();
    return Math.max(
      settings.intervals * (usualMs[slot] ?? 0),
      settings.longestFactor * (longestMs[slot] ?? 0),
      settings.silenceMsMin,
    );
  }

  function isKnown(slot: number): boolean {
    const { arrivals, firstAt, lastAt, usualMs } = table.columns();
    const spanMs = (lastAt[slot] ?? 0) - (firstAt[slot] ?? 0);
    return (
      (arrivals[slot] ?? 0) >= settings.learningArrivals && spanMs >= settings.learningIntervals * (usualMs[slot] ?? 0)
    );
  }

  return {
    limitMs,
    isKnown,
    wallLimitMs: (slot) => Math.max(limitMs(slot), settings.intervals * (table.columns().pacedMs[slot] ?? 0)),
    isLive(slot) {
      const { seen, wallMs, eventMs } = table.columns();
      const isPaced = (wallMs[slot] ?? 0) >= paceMin * (eventMs[slot] ?? 0);
      return isPaced && (seen[slot] ?? 0) >= settings.learningArrivals && isKnown(slot);
    },
    seen(slot, gapMs, { at, isExcused }) {
      const { seenAt, usualMs, pacedMs, wallMs, eventMs, lateMs, seen } = table.columns();
      const before = seenAt[slot] ?? 0;
      seenAt[slot] = at;
      if (before === 0) return;
      const waitMs = Math.max(0, at - before);
      const count = seen[slot] ?? 0;
      const usual = pacedMs[slot] ?? 0;
      const known = Math.max(usual, usualMs[slot] ?? 0);
      const step = count < settings.learningArrivals ? waitMs : Math.min(waitMs, gapClip * known);
      pacedMs[slot] = usual + (count === 0 ? 1 : step > usual ? riseRate : fallRate) * (step - usual);
      // What was held up comes after the wait and all at once: the wait counts for it too, in its turn.
      const heldUpMs = (lateMs[slot] ?? 0) + (isExcused ? waitMs : Math.min(waitMs, limitMs(slot)));
      const counted = Math.max(Math.min(waitMs, paceClip * gapMs), Math.min(heldUpMs, gapMs));
      lateMs[slot] = Math.max(0, heldUpMs - counted);
      wallMs[slot] = paceFade * (wallMs[slot] ?? 0) + counted;
      eventMs[slot] = paceFade * (eventMs[slot] ?? 0) + gapMs;
      seen[slot] = Math.min(seenMax, count + 1);
    },
    waited(slot, gapMs, wasTold) {
      const { usualMs, longestMs, missed, arrivals } = table.columns();
      if (wasTold) {
        // One silence is trouble; when it happens again it may be how this series is.
        const times = (missed[slot] ?? 0) + 1;
        missed[slot] = times % 2;
        if (times === 2) longestMs[slot] = Math.max(longestMs[slot] ?? 0, gapMs);
        return;
      }
      const count = arrivals[slot] ?? 0;
      const usual = usualMs[slot] ?? 0;
      const step = count < settings.learningArrivals ? gapMs : Math.min(gapMs, gapClip * usual);
      const rate = count === 0 ? 1 : step > usual ? riseRate : fallRate;
      usualMs[slot] = usual + rate * (step - usual);
      const faded = (longestMs[slot] ?? 0) * 0.5 ** (gapMs / settings.longestHalfLifeMs);
      longestMs[slot] = Math.max(faded, gapMs);
      arrivals[slot] = Math.min(arrivalsMax, count + 1);
    },
  };
}
