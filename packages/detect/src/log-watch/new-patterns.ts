import { severityRank, worseSeverity } from '@heliosiq/model';
import type { AssetLog, Discovery, PatternEpisode } from './asset-log.ts';
import { type DiscoveryClass, classOf, expectedEvents } from './discovery-rate.ts';
import type { LogWatchSettings } from './log-watch-settings.ts';

/** Something worth telling about an episode. */
export interface EpisodeStep {
  readonly kind: 'opened' | 'updated' | 'closed';
  readonly episode: PatternEpisode;
  readonly endedAt?: number;
}

const idsMax = 50;
const surpriseMax = 12;
/** An episode that goes on is told again after this. */
const retellMs = 300_000;

/**
 * A pattern that the asset never wrote before. Those that follow each other closely are one burst, whose rarity is that of
 * its first pattern of each class; only a burst that is large for what it is adds to that.
 */
export function observeDiscovery(
  log: AssetLog,
  discovery: Discovery & { readonly isKnownElsewhere: boolean },
  settings: LogWatchSettings,
): EpisodeStep | undefined {
  const { at, id, severity, body } = discovery;
  const name = classOf(severity, discovery.isKnownElsewhere);
  if (name === undefined) return undefined;
  const isBurst = at - log.burstLastAt <= settings.burstMs;
  if (!isBurst) log.burst = [];
  const isFirst = !log.burst.some((each) => classOf(each.severity, discovery.isKnownElsewhere) === name);
  const expected = expectedEvents(log.rates, name);
  if (isFirst) log.rates.events[name] += 1;
  if (log.burst.length < idsMax) log.burst.push({ at, id, severity, body: body.slice(0, 300) });
  log.burstLastAt = at;
  const isLearning = log.activeMs < settings.learningMs || log.lines < settings.learningLines;
  if (isLearning) return undefined;
  if (log.fresh !== undefined) return grow(log.fresh, { at, id, severity, body });
  // A class that the burst has already shown was counted with its first pattern.
  const surprise = surpriseOf(isFirst ? expected : expectedBefore(log, name), log.burst.length);
  if (surprise < decadesOf(settings.threshold)) return undefined;
  log.fresh = episodeOf(log.burst, { at, surprise, expected });
  return { kind: 'opened', episode: log.fresh };
}

/** A line of a pattern that is part of the episode keeps it going. */
export function observeMember(log: AssetLog, id: string, at: number): EpisodeStep | undefined {
  const episode = log.fresh;
  if (episode === undefined || at <= episode.lastSeenAt || !episode.ids.includes(id)) return undefined;
  episode.lastSeenAt = at;
  return at - episode.toldAt >= retellMs ? told(episode, 'updated') : undefined;
}

/** Ends the episode when its lines have stopped, or have become the normal. */
export function passTimeOfNew(log: AssetLog, settings: LogWatchSettings): EpisodeStep | undefined {
  const episode = log.fresh;
  if (episode === undefined) return undefined;
  const isOver = log.lastAt - episode.lastSeenAt > settings.calmMs;
  if (!isOver && log.lastAt - episode.startedAt <= settings.habituationMs) return undefined;
  delete log.fresh;
  return { ...told(episode, 'closed'), endedAt: episode.lastSeenAt };
}

function expectedBefore({ rates }: AssetLog, name: DiscoveryClass): number {
  return expectedEvents({ ...rates, events: { ...rates.events, [name]: Math.max(0, rates.events[name] - 1) } }, name);
}

/** Decades of rarity of a burst: one more for forty patterns than for four. */
function surpriseOf(expected: number, size: number): number {
  return Math.min(surpriseMax, -Math.log10(Math.min(1, expected)) + Math.min(1, Math.log10(Math.max(1, size / 4))));
}

function decadesOf(likelihood: number): number {
  return -Math.log10(1 - likelihood);
}

function episodeOf(
  burst: readonly Discovery[],
  { at, surprise, expected }: { readonly at: number; readonly surprise: number; readonly expected: number },
): PatternEpisode {
  const lead = burst.reduce((a, b) => (severityRank(b.severity) < severityRank(a.severity) ? b : a));
  return {
    ...{ startedAt: burst[0]?.at ?? at, peakAt: at, lastSeenAt: at, revision: 1, surprise, expected },
    ...{ ids: burst.map(({ id }) => id), count: burst.length, worst: lead.severity },
    ...{ lead: lead.id, example: lead.body, toldAt: at, toldCount: burst.length },
  };
}

function grow(episode: PatternEpisode, { at, id, severity, body }: Discovery): EpisodeStep | undefined {
  episode.count += 1;
  episode.lastSeenAt = Math.max(episode.lastSeenAt, at);
  if (episode.ids.length < idsMax) episode.ids.push(id);
  const isWorse = severityRank(severity) < severityRank(episode.worst);
  if (isWorse) {
    episode.worst = worseSeverity(severity, episode.worst);
    episode.lead = id;
    episode.example = body.slice(0, 300);
  }
  return isWorse || episode.count >= 2 * episode.toldCount ? told(episode, 'updated') : undefined;
}

/** The episode as it is told now. */
export function told(episode: PatternEpisode, kind: EpisodeStep['kind']): EpisodeStep {
  episode.revision += 1;
  episode.toldAt = episode.lastSeenAt;
  episode.toldCount = episode.count;
  return { kind, episode };
}
