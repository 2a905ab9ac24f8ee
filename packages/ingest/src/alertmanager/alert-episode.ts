import type { AlertSettings } from './alert-settings.ts';

/** What one report says of an alert's state. Moments in milliseconds since the epoch. */
export interface AlertState {
  readonly isFiring: boolean;
  /** Undefined when the sender gives none. */
  readonly startsAt: number | undefined;
  /** When it was over, or until when it is known to fire. */
  readonly endsAt: number | undefined;
  /** Who says so. */
  readonly source: AlertSource;
}

/** A way in and the origin of the sender behind it, e.g. its host; an empty origin is unknown. */
export interface AlertSource {
  readonly way: 'webhook' | 'direct';
  readonly origin: string;
}

/**
 * One firing of an alert, from its begin to its end, as it is told to the log. `startsAt` and `endedAt` are the sender's
 * words; `startedAt` and `at` are what the log is told: of one fingerprint they only ever grow.
 */
export interface Episode {
  readonly isFiring: boolean;
  readonly startsAt: number;
  readonly endedAt: number;
  /** End of the firing before this one. */
  readonly endedBefore: number;
  /** Identity of the firing. */
  readonly startedAt: number;
  /** Event time of the newest record. */
  readonly at: number;
  /** Who told of the last change; undefined when it ran out by itself or when another sender has confirmed that it is over. */
  readonly source: AlertSource | undefined;
  /** When the last change was heard of, by the clock here. */
  readonly heardAt: number;
}

export type EpisodeSettings = Pick<AlertSettings, 'renewMs' | 'lateMs' | 'replicaMs'>;

/**
 * The episode after a report. It is news for the log when `at` or `isFiring` differ. Without state it gives what a
 * process with state gave, so that a re-send after a restart is the same record.
 */
export function nextEpisode(
  known: Episode | undefined,
  state: AlertState,
  context: { readonly now: number; readonly settings: EpisodeSettings },
): Episode {
  return state.isFiring ? afterFiring(known, state, context) : afterResolved(known, state, context.now);
}

/** The episode of an alert that nobody refreshed until `endsAt`. */
export function expired(known: Episode, endsAt: number, now: number): Episode {
  return {
    ...known,
    isFiring: false,
    endedAt: endsAt,
    at: Math.max(endsAt, known.at + 1),
    source: undefined,
    heardAt: now,
  };
}

function afterFiring(
  known: Episode | undefined,
  state: AlertState,
  { now, settings }: { readonly now: number; readonly settings: EpisodeSettings },
): Episode {
  const { startsAt, source } = state;
  if (known === undefined) return firing(startsAt ?? now, { source, now, settings });
  const isLaterStart = startsAt !== undefined && startsAt > known.startsAt;
  if (known.isFiring) {
    const isReplica =
      isLaterStart &&
      known.source !== undefined &&
      isOtherOrigin(source, known.source) &&
      startsAt - known.startsAt <= settings.replicaMs;
    if (isLaterStart && !isReplica) return firing(startsAt, { source, now, settings, before: known });
    const renewedAt = renewalAt(now, settings);
    const isDue = renewedAt > known.at && now - known.startedAt >= settings.renewMs;
    return isDue ? { ...known, at: renewedAt } : known;
  }
  if (startsAt !== undefined && startsAt > known.endedAt) {
    return firing(startsAt, { source, now, settings, before: known });
  }
  // It began before the end that is known: another sender's older news, or the same start told again for a new firing.
  const isLate =
    known.source !== undefined && isOtherSource(source, known.source) && now - known.heardAt < settings.lateMs;
  if (isLate) return known;
  return firing(isLaterStart ? startsAt : now, { source, now, settings, before: known, startsAt });
}

function afterResolved(known: Episode | undefined, { startsAt, endsAt, source }: AlertState, now: number): Episode {
  const end = endsAt ?? now;
  if (known === undefined) {
    const start = Math.min(startsAt ?? end, end);
    return {
      isFiring: false,
      startsAt: start,
      endedAt: end,
      endedBefore: -Infinity,
      startedAt: start,
      at: end,
      source,
      heardAt: now,
    };
  }
  if (!known.isFiring) {
    const isConfirmed = known.source !== undefined && isOtherSource(source, known.source);
    return isConfirmed ? { ...known, source: undefined } : known;
  }
  const isOfOlder = end < known.startsAt || end <= known.endedBefore;
  if (isOfOlder) return known;
  return { ...known, isFiring: false, endedAt: end, at: Math.max(end, known.at + 1), source, heardAt: now };
}

function firing(
  start: number,
  {
    source,
    now,
    settings,
    before,
    startsAt,
  }: {
    readonly source: AlertSource;
    readonly now: number;
    readonly settings: EpisodeSettings;
    readonly before?: Episode;
    readonly startsAt?: number | undefined;
  },
): Episode {
  const least = before === undefined ? -Infinity : before.at + 1;
  const startedAt = Math.max(start, least);
  return {
    isFiring: true,
    startsAt: startsAt ?? start,
    endedAt: Infinity,
    endedBefore: before === undefined ? -Infinity : before.isFiring ? before.endedBefore : before.endedAt,
    startedAt,
    // What has been firing for long is news of now, not of then.
    at: now - startedAt < settings.renewMs ? startedAt : Math.max(startedAt, renewalAt(now, settings)),
    source,
    heardAt: now,
  };
}

/** The same moment for every process and after every restart within the time of one renewal. */
function renewalAt(now: number, { renewMs }: EpisodeSettings): number {
  return Math.floor(now / renewMs) * renewMs;
}

function isOtherSource(a: AlertSource, b: AlertSource): boolean {
  return a.way !== b.way || isOtherOrigin(a, b);
}

function isOtherOrigin(a: AlertSource, b: AlertSource): boolean {
  return a.origin !== '' && b.origin !== '' && a.origin !== b.origin;
}
