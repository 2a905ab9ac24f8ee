import { HeliosError } from '@heliosiq/model';
import { EPISODE_NUMBERS, type EpisodeChange, type EpisodeStep, createEpisodeTracker } from './anomaly-episode.ts';
import { DAY_MS } from './series-features.ts';
import { type Verdict, createSeriesModelOn } from './series-model.ts';
import { type SeriesSettings, defaultSeriesSettings } from './series-settings.ts';
import {
  FEATURE_INDEX,
  SCALAR,
  type SeriesState,
  isOfThisVersion,
  seriesStateLength,
  viewSeriesState,
  writeSeriesMagic,
} from './series-state.ts';

/** Length of the bytes of a watch, a multiple of four. */
export const watchLength = seriesStateLength + EPISODE_NUMBERS * 8;

/** What names the version of a state comes before it, and this much before that, so that the state lies at a multiple of eight. */
const LEAD_BYTES = 4;

/** What a watched series says of one sample: the verdict and what it did to the episodes. */
export interface Watched extends EpisodeStep {
  readonly verdict: Verdict;
  /** True when the sample belongs to an anomaly: it is over the threshold and an episode is open. */
  readonly flagged: boolean;
}

/** A series' model and its episodes as one thing with one state. */
export interface SeriesWatch {
  /** Undefined for a sample that changes nothing (not newer than the last one, or not finite). */
  update(timestampMs: number, value: number): Watched | undefined;
  /** Does what `update` does and says only what became of the anomalies: most samples cost no words. */
  observe(timestampMs: number, value: number): EpisodeChange | undefined;
  /** Between which values the series has lately been at any time of the week, noise included; undefined in its first week. */
  usualRange(): { readonly lowest: number; readonly highest: number } | undefined;
  /** All state as bytes; `restoreSeriesWatch` continues exactly from them. */
  snapshot(): Uint8Array;
}

/** A watch that serves one series after the other: states at rest are bytes alone, a third of what a watch takes. */
export interface SeriesSeat extends SeriesWatch {
  /** Goes on with the series of these bytes. Throws `HeliosError` for bytes that are none of this version. */
  load(bytes: Uint8Array): void;
  /** Writes the state of the series over bytes of a watch. */
  saveTo(bytes: Uint8Array): void;
}

/** A watch of a series that nothing is known of. */
export function createSeriesWatch(settings: Partial<SeriesSettings> = {}): SeriesWatch {
  return createSeriesSeat(settings);
}

/** A watch from the bytes of `snapshot`. Throws `HeliosError` for bytes that are none of this version. */
export function restoreSeriesWatch(bytes: Uint8Array, settings: Partial<SeriesSettings> = {}): SeriesWatch {
  const seat = createSeriesSeat(settings);
  seat.load(bytes);
  return seat;
}

/** A seat with a series that nothing is known of. */
export function createSeriesSeat(given: Partial<SeriesSettings> = {}): SeriesSeat {
  const settings = { ...defaultSeriesSettings, ...given };
  // One block in the order of the written bytes: to load and to save a series is one copy.
  const buffer = new ArrayBuffer(LEAD_BYTES + watchLength);
  const block = new Uint8Array(buffer, LEAD_BYTES);
  const state = viewSeriesState(buffer, 2 * LEAD_BYTES);
  const numbers = new Float64Array(buffer, LEAD_BYTES + seriesStateLength);
  writeSeriesMagic(block);
  const model = createSeriesModelOn(state, settings);
  const alarmFrom = -Math.log10(1 - settings.threshold);
  const episodes = createEpisodeTracker(settings, numbers);

  return {
    update: (timestampMs, value) => {
      if (!model.judge(timestampMs, value)) return undefined;
      const verdict = model.verdict();
      const step = episodes.observe(verdict);
      model.learn();
      return { verdict, flagged: verdict.alarm >= alarmFrom && episodes.isOpen(), ...step };
    },
    observe: (timestampMs, value) => {
      if (!model.judge(timestampMs, value)) return undefined;
      const isQuiet = model.judgement.alarm < alarmFrom && !episodes.isOpen();
      const change = isQuiet ? episodes.pass(model.judgement) : episodes.observe(model.verdict()).change;
      model.learn();
      return change;
    },
    usualRange: () => weeklyRange(state),
    load(bytes) {
      if (bytes.length !== watchLength || !isOfThisVersion(bytes)) {
        throw new HeliosError('internal', 'not a series watch of this version', {
          cure: 'drop the state: the model learns anew',
        });
      }
      block.set(bytes);
    },
    saveTo: (bytes) => bytes.set(block),
    snapshot: () => block.slice(),
  };
}

/** Mean absolute differences from one sample to the next that noise adds on either side of a mean. */
const noiseReach = 4;

function weeklyRange({ scalars, scales, dayMeans, dayCounts, weekMeans, weekCounts }: SeriesState) {
  if ((scalars[SCALAR.lastAt] ?? 0) - (scalars[SCALAR.firstAt] ?? 0) < 7 * DAY_MS) return undefined;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  const widen = (means: Float32Array, counts: Uint16Array): void => {
    for (const [slot, mean] of means.entries()) {
      if ((counts[slot] ?? 0) === 0) continue;
      lowest = Math.min(lowest, mean);
      highest = Math.max(highest, mean);
    }
  };
  widen(dayMeans, dayCounts);
  widen(weekMeans, weekCounts);
  const origin = scalars[SCALAR.origin] ?? 0;
  const reach = noiseReach * (scales[FEATURE_INDEX.jump] ?? 0);
  return { lowest: origin + lowest - reach, highest: origin + highest + reach };
}
