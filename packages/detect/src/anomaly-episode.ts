import type { SeriesBaseline } from './expected-band.ts';
import { ONSET_NUMBERS, createOnsets } from './onsets.ts';
import { type Cause, causeNames } from './series-features.ts';
import { type Judgement, type Verdict, courseDecades, isCourseWithin } from './series-model.ts';
import type { SeriesSettings } from './series-settings.ts';

/** One stretch of unusual behaviour, described by its most surprising sample. Times in milliseconds since the epoch. */
export interface Episode {
  readonly startedAtMs: number;
  /** The last sample that was still unusual. */
  readonly lastSeenAtMs: number;
  /** Set when it is over: the first of the calm samples. */
  readonly endedAtMs?: number;
  readonly peakAtMs: number;
  /** Likelihood at the peak, in [0, 1], and the same as decades: the verdict's alarm. */
  readonly score: number;
  readonly surprise: number;
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly deviation: number;
  readonly direction: 'up' | 'down';
  readonly baseline: SeriesBaseline;
  readonly cause: Cause;
  /** Grows with every change worth telling, from 1. */
  readonly revision: number;
}

/** Something worth telling about an episode. */
export interface EpisodeChange {
  readonly kind: 'opened' | 'updated' | 'closed';
  readonly episode: Episode;
}

/** What a sample did to the episodes of its series. */
export interface EpisodeStep {
  /**
   * Likelihood in [0, 1] that a new course of the series begins here: how unusual the course is, held at 0 while an earlier
   * onset of the last samples outshines it, and lower the more earlier onsets were about as strong.
   */
  readonly onset: number;
  readonly change?: EpisodeChange;
}

/** Turns verdicts into episodes. */
export interface EpisodeTracker {
  observe(verdict: Verdict): EpisodeStep;
  /** Lets a sample pass that is no alarm while nothing is open: as `observe`, without a verdict in words. */
  pass(judgement: Readonly<Judgement>): undefined;
  isOpen(): boolean;
  /** Exactly `EPISODE_NUMBERS` numbers from which `createEpisodeTracker` goes on. */
  readonly numbers: Float64Array;
}

/** Length of a tracker's state. */
export const EPISODE_NUMBERS = 20 + ONSET_NUMBERS;

const AT = {
  open: 0,
  startedAt: 1,
  lastSeenAt: 2,
  peakAt: 3,
  surprise: 4,
  value: 5,
  expected: 6,
  lower: 7,
  upper: 8,
  deviation: 9,
  baselineKind: 10,
  baselineFrom: 11,
  baselineTo: 12,
  baselineSamples: 13,
  cause: 14,
  causeSize: 15,
  revision: 16,
  calm: 17,
  calmSince: 18,
  toldSurprise: 19,
  onsets: 20,
} as const;

const baselineKinds = ['level', 'recent', 'daily-season'] as const;

/** A peak is told again when it has grown by this many decades. */
const TOLD_STEP = 0.5;

/** Samples less surprising than this share of the threshold's decades are calm, whatever the band says. */
const CALM_SHARE = 0.45;

/** A tracker that begins with nothing open, or where the given numbers left off. */
export function createEpisodeTracker(
  settings: SeriesSettings,
  numbers: Float64Array = new Float64Array(EPISODE_NUMBERS),
): EpisodeTracker {
  const threshold = -Math.log10(1 - settings.threshold);
  const at = (index: number): number => numbers[index] ?? 0;
  const onsets = createOnsets(settings.habituationSamples, numbers.subarray(AT.onsets));

  const keepPeak = (verdict: Verdict): void => {
    numbers[AT.peakAt] = verdict.atMs;
    numbers[AT.surprise] = verdict.alarm;
    numbers[AT.value] = verdict.value;
    numbers[AT.expected] = verdict.expected;
    numbers[AT.lower] = verdict.lower;
    numbers[AT.upper] = verdict.upper;
    numbers[AT.deviation] = verdict.deviation;
    numbers[AT.baselineKind] = baselineKinds.indexOf(verdict.baseline.kind);
    numbers[AT.baselineFrom] = verdict.baseline.fromMs;
    numbers[AT.baselineTo] = verdict.baseline.toMs;
    numbers[AT.baselineSamples] = verdict.baseline.samples;
    numbers[AT.cause] = causeNames.indexOf(verdict.cause.feature);
    numbers[AT.causeSize] = verdict.cause.size;
  };

  const episode = (endedAtMs?: number): Episode => ({
    startedAtMs: at(AT.startedAt),
    lastSeenAtMs: at(AT.lastSeenAt),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    peakAtMs: at(AT.peakAt),
    score: 1 - 10 ** -at(AT.surprise),
    surprise: at(AT.surprise),
    value: at(AT.value),
    expected: at(AT.expected),
    lower: at(AT.lower),
    upper: at(AT.upper),
    deviation: at(AT.deviation),
    direction: at(AT.deviation) < 0 ? 'down' : 'up',
    baseline: {
      kind: baselineKinds[at(AT.baselineKind)] ?? 'level',
      fromMs: at(AT.baselineFrom),
      toMs: at(AT.baselineTo),
      samples: at(AT.baselineSamples),
    },
    cause: { feature: causeNames[at(AT.cause)] ?? 'level', size: at(AT.causeSize) },
    revision: at(AT.revision),
  });

  const tell = (kind: EpisodeChange['kind'], endedAtMs?: number): EpisodeChange | undefined => {
    numbers[AT.revision] = at(AT.revision) + 1;
    numbers[AT.toldSurprise] = at(AT.surprise);
    return { kind, episode: episode(endedAtMs) };
  };

  const open = (verdict: Verdict): EpisodeChange | undefined => {
    numbers[AT.open] = 1;
    numbers[AT.startedAt] = verdict.atMs;
    numbers[AT.lastSeenAt] = verdict.atMs;
    numbers[AT.revision] = 0;
    numbers[AT.calm] = 0;
    keepPeak(verdict);
    return tell('opened');
  };

  const proceed = (verdict: Verdict): EpisodeChange | undefined => {
    const inBand = verdict.value >= verdict.lower && verdict.value <= verdict.upper;
    const calm = verdict.alarm < threshold && (inBand || verdict.alarm < CALM_SHARE * threshold);
    if (calm) {
      if (at(AT.calm) === 0) numbers[AT.calmSince] = verdict.atMs;
      numbers[AT.calm] = at(AT.calm) + 1;
      if (at(AT.calm) < settings.calmSamples) return undefined;
      const closed = tell('closed', at(AT.calmSince));
      // Nothing of it is needed any more, and zeros take no room at rest.
      numbers.fill(0, 0, AT.onsets);
      return closed;
    }
    numbers[AT.calm] = 0;
    numbers[AT.lastSeenAt] = verdict.atMs;
    if (verdict.alarm <= at(AT.surprise)) return undefined;
    keepPeak(verdict);
    return at(AT.surprise) >= at(AT.toldSurprise) + TOLD_STEP ? tell('updated') : undefined;
  };

  return {
    numbers,
    isOpen: () => at(AT.open) === 1,
    pass: (judgement) => {
      const least = onsets.passBy();
      if (judgement.learning || isCourseWithin(judgement, least)) return undefined;
      onsets.onsetOf(courseDecades(judgement));
      return undefined;
    },
    observe: (verdict) => {
      onsets.passBy();
      const onset = verdict.learning ? 0 : onsets.onsetOf(verdict.regime);
      const opens = at(AT.open) === 0 && !verdict.learning && verdict.alarm >= threshold;
      const change = opens ? open(verdict) : at(AT.open) === 1 ? proceed(verdict) : undefined;
      return change === undefined ? { onset } : { onset, change };
    },
  };
}
