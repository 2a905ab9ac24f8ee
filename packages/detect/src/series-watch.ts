import { HeliosError } from '@heliosiq/model';
import { EPISODE_NUMBERS, type EpisodeStep, createEpisodeTracker } from './anomaly-episode.ts';
import { type Verdict, createSeriesModel, restoreSeriesModel } from './series-model.ts';
import { type SeriesSettings, defaultSeriesSettings } from './series-settings.ts';
import { seriesStateLength } from './series-state.ts';

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
  /** All state as bytes; `restoreSeriesWatch` continues exactly from them. */
  snapshot(): Uint8Array;
}

/** A watch of a series that nothing is known of. */
export function createSeriesWatch(settings: Partial<SeriesSettings> = {}): SeriesWatch {
  return watchOf({ ...defaultSeriesSettings, ...settings });
}

/** A watch from the bytes of `snapshot`. Throws `HeliosError` for bytes that are none of this version. */
export function restoreSeriesWatch(bytes: Uint8Array, settings: Partial<SeriesSettings> = {}): SeriesWatch {
  if (bytes.length !== seriesStateLength + EPISODE_NUMBERS * 8) {
    throw new HeliosError('internal', 'not a series watch of this version', {
      cure: 'drop the state: the model learns anew',
    });
  }
  return watchOf({ ...defaultSeriesSettings, ...settings }, bytes);
}

function watchOf(settings: SeriesSettings, bytes?: Uint8Array): SeriesWatch {
  const model =
    bytes === undefined
      ? createSeriesModel(settings)
      : restoreSeriesModel(bytes.subarray(0, seriesStateLength), settings);
  const numbers = new Float64Array(EPISODE_NUMBERS);
  if (bytes !== undefined) new Uint8Array(numbers.buffer).set(bytes.subarray(seriesStateLength));
  const episodes = createEpisodeTracker(settings, numbers);
  return {
    update: (timestampMs, value) => {
      const verdict = model.update(timestampMs, value);
      if (verdict === undefined) return undefined;
      const step = episodes.observe(verdict);
      const flagged = verdict.score >= settings.threshold && episodes.isOpen();
      return { verdict, flagged, ...step };
    },
    snapshot: () => {
      const snapshot = new Uint8Array(seriesStateLength + EPISODE_NUMBERS * 8);
      snapshot.set(model.snapshot());
      snapshot.set(new Uint8Array(numbers.buffer), seriesStateLength);
      return snapshot;
    },
  };
}
