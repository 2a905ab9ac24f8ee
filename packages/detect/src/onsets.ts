/** Bins of earlier onsets by their decades, from the least that counts; the last is open. */
const BINS = 16;
const FROM_DECADES = 2.6;
const BIN_DECADES = 0.2;

/** Earlier onsets fade over so many samples. */
const FADE_SAMPLES = 8000;

/** Decades taken off an onset per decade of earlier ones like it. */
const HABIT_COST = 1.33;

/** An earlier onset counts half when it is so many decades lower, and less over so many decades more. */
const MARGIN_DECADES = 0.2;
const WIDTH_DECADES = 0.15;

/** Length of the state. */
export const ONSET_NUMBERS = 5 + BINS;

const AT = { hurdle: 0, hurdleAge: 1, newest: 2, newestAge: 3, fadedAge: 4, bins: 5 } as const;

/** Tells where a new course of a series begins. */
export interface Onsets {
  /** Lets a sample pass by; a course of up to so many decades is no onset and changes nothing. */
  passBy(): number;
  /** Likelihood in [0, 1] that a new course begins at the sample that has just passed by, whose course is so many decades. */
  onsetOf(decades: number): number;
}

/** The decades in the middle of a bin. */
const heightOf = (bin: number): number => FROM_DECADES + (bin + 0.5) * BIN_DECADES;

const faded = (ageSamples: number): number => Math.exp(-ageSamples / FADE_SAMPLES);

/** How much an earlier onset speaks against the news of one of these decades, in [0, 1]. */
const likeness = (earlier: number, decades: number): number =>
  1 / (1 + Math.exp((decades - earlier - MARGIN_DECADES) / WIDTH_DECADES));

/**
 * Onsets over a state of `ONSET_NUMBERS` numbers. A course counts in full when it is stronger than what the series has had
 * so far, and less the more earlier onsets were about as strong: a series that often changes its course shows nothing new.
 *
 * @param habituationSamples within so many samples of an onset only a stronger course is another one
 */
export function createOnsets(habituationSamples: number, numbers: Float64Array): Onsets {
  const at = (index: number): number => numbers[index] ?? 0;
  const hurdle = (): number => (at(AT.hurdleAge) < habituationSamples ? at(AT.hurdle) : 0);
  const isNewestOver = (): boolean => at(AT.newest) > 0 && at(AT.newestAge) > habituationSamples;

  /** Decades that earlier onsets take off a course. */
  function habitOf(decades: number): number {
    const kept = faded(at(AT.fadedAge));
    let alike = isNewestOver() ? likeness(at(AT.newest), decades) * faded(at(AT.newestAge)) : 0;
    numbers[AT.fadedAge] = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const count = at(AT.bins + bin) * kept;
      // Single precision takes half the room at rest.
      numbers[AT.bins + bin] = Math.fround(count);
      if (count > 0) alike += count * likeness(heightOf(bin), decades);
    }
    return HABIT_COST * Math.log10(1 + alike);
  }

  /** Counts a course as an onset: of those within the same few samples the strongest alone. */
  function learn(decades: number): void {
    if (at(AT.newest) > 0 && !isNewestOver()) {
      numbers[AT.newest] = Math.max(at(AT.newest), decades);
      return;
    }
    if (at(AT.newest) > 0) {
      const bin = Math.max(0, Math.min(BINS - 1, Math.floor((at(AT.newest) - FROM_DECADES) / BIN_DECADES)));
      numbers[AT.bins + bin] = at(AT.bins + bin) + faded(at(AT.newestAge));
    }
    numbers[AT.newest] = decades;
    numbers[AT.newestAge] = 0;
  }

  return {
    passBy() {
      numbers[AT.hurdleAge] = at(AT.hurdleAge) + 1;
      numbers[AT.newestAge] = at(AT.newestAge) + 1;
      numbers[AT.fadedAge] = at(AT.fadedAge) + 1;
      return Math.min(hurdle(), FROM_DECADES);
    },
    onsetOf(decades) {
      const least = hurdle();
      if (decades === 0 || decades <= Math.min(least, FROM_DECADES)) return 0;
      const news = decades - habitOf(decades);
      if (decades > FROM_DECADES) learn(decades);
      if (news <= least) return 0;
      numbers[AT.hurdle] = Math.fround(news);
      numbers[AT.hurdleAge] = 0;
      return 1 - 10 ** -news;
    },
  };
}
