import type { SilenceSettings } from './silence-settings.ts';
import type { SilenceTable } from './silence-table.ts';

const arrivalsMax = 60_000;
/** Share of the way that the usual interval moves: quickly up, slowly down. */
const riseRate = 0.5;
const fallRate = 0.03;
/** A single long gap weighs on the longest; the usual one takes it for so many of its own length at most. */
const gapClip = 4;

/** Learns how long series let one wait. */
export interface SilenceLearning {
  /** Takes in one wait; `wasTold` when it was told as a silence. */
  waited(slot: number, gapMs: number, wasTold: boolean): void;
  /** The length from which on a wait is a silence. */
  limitMs(slot: number): number;
  /** True once a series is known well enough for its silence to mean something. */
  isKnown(slot: number): boolean;
}

export function createSilenceLearning(table: SilenceTable, settings: SilenceSettings): SilenceLearning {
  return {
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
    limitMs(slot) {
      const { usualMs, longestMs } = table.columns();
      return Math.max(
        settings.intervals * (usualMs[slot] ?? 0),
        settings.longestFactor * (longestMs[slot] ?? 0),
        settings.silenceMsMin,
      );
    },
    isKnown(slot) {
      const { arrivals, firstAt, lastAt, usualMs } = table.columns();
      const spanMs = (lastAt[slot] ?? 0) - (firstAt[slot] ?? 0);
      return (
        (arrivals[slot] ?? 0) >= settings.learningArrivals &&
        spanMs >= settings.learningIntervals * (usualMs[slot] ?? 0)
      );
    },
  };
}
