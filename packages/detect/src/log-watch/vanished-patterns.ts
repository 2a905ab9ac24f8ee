import type { AssetLog, PatternEpisode, PatternFacts } from './asset-log.ts';
import type { LogWatchSettings } from './log-watch-settings.ts';
import { type EpisodeStep, told } from './new-patterns.ts';

/** Gaps shorter than this are one line in several parts. */
const gapMin = 1000;
const gapsMin = 30;
const gapsMax = 200;
/** Lines by a clock come at equal gaps: standard deviation over mean at most. */
const clockSpreadMax = 0.35;
/** Lines that depend on load are only missed when a week and its nights were seen. */
const weekMs = 8 * 86_400_000;
/** So many times the longest gap must have passed, and so long at least. */
const longestGaps = 4;
const missingMsMin = 120_000;
const surpriseMax = 12;
/** That none of n expected lines comes has the chance exp(-n). */
const naturalPerDecade = Math.LN10;
/** What is missing for so long is the new normal. */
const habituationMs = 86_400_000;
const idsMax = 50;

/** Learns the gap between the pattern's last line and this one, in the asset's active time. */
export function learnGap(facts: PatternFacts, activeMs: number): void {
  const gapMs = activeMs - facts.lastActiveMs;
  if (gapMs < gapMin) return;
  facts.lastActiveMs = activeMs;
  facts.gaps = Math.min(gapsMax, facts.gaps + 1);
  const rate = Math.max(1 / facts.gaps, 1 / 50);
  facts.gapMeanMs += rate * (gapMs - facts.gapMeanMs);
  facts.gapSquareMs += rate * (gapMs ** 2 - facts.gapSquareMs);
  facts.gapMaxMs = Math.max(facts.gapMaxMs * 0.995, gapMs);
}

/** A pattern that is missing came again. */
export function observeReturn(log: AssetLog, id: string, at: number): EpisodeStep | undefined {
  const episode = log.missing;
  const place = episode?.ids.indexOf(id) ?? -1;
  if (episode === undefined || place < 0) return undefined;
  episode.ids.splice(place, 1);
  if (episode.ids.length > 0) return undefined;
  delete log.missing;
  return { ...told(episode, 'closed'), endedAt: at };
}

/** Looks for steady patterns that have stopped while the asset goes on writing. Called once a minute. */
export function lookForMissing(log: AssetLog, settings: LogWatchSettings): EpisodeStep | undefined {
  const episode = log.missing;
  if (episode !== undefined && log.lastAt - episode.startedAt > habituationMs) {
    for (const id of episode.ids) forgetGaps(log, id);
    delete log.missing;
    return { ...told(episode, 'closed'), endedAt: log.lastAt };
  }
  if (log.activeMs < settings.learningMs) return undefined;
  let step: EpisodeStep | undefined;
  for (const [id, facts] of log.patterns) {
    if (facts.isWatched || facts.gaps < gapsMin || log.missing?.ids.includes(id) === true) continue;
    const missingMs = log.activeMs - facts.lastActiveMs;
    if (missingMs < missingMsMin || missingMs < longestGaps * facts.gapMaxMs || !isSteady(facts, log)) continue;
    const { surprise, expected } = rarity(facts, log, missingMs);
    if (surprise < -Math.log10(1 - settings.threshold)) continue;
    step = add(log, { id, facts, surprise, expected }) ?? step;
  }
  return step;
}

function isSteady({ gapMeanMs, gapSquareMs, worst }: PatternFacts, { activeMs }: AssetLog): boolean {
  // Trouble that ceases is no trouble.
  if (worst !== 'info' && worst !== 'low') return false;
  const spread = Math.sqrt(Math.max(0, gapSquareMs - gapMeanMs ** 2)) / Math.max(1, gapMeanMs);
  return spread <= clockSpreadMax || activeMs >= weekMs;
}

/**
 * Of n gaps none was longer than the longest: one that is has a chance of 1 in n + 1, and one of k times its length, if gaps
 * have an exponential tail, of that to the power of k; corrected for the patterns that are looked at and, where gaps are
 * shorter, for how many there are in five minutes. It cannot
 * be rarer than that none of its lines came among the asset's others, of which it used to have a share.
 */
function rarity(facts: PatternFacts, log: AssetLog, missingMs: number) {
  const byGap =
    (missingMs / facts.gapMaxMs) * Math.log10(facts.gaps + 1) -
    Math.log10(Math.max(1, log.patterns.size)) -
    Math.log10(Math.max(1, 300_000 / Math.max(1, facts.gapMeanMs)));
  const expected = (facts.lines / log.lines) * (log.lines - facts.linesBefore);
  return { surprise: Math.min(surpriseMax, byGap, expected / naturalPerDecade), expected };
}

function add(
  log: AssetLog,
  {
    id,
    facts,
    surprise,
    expected,
  }: { readonly id: string; readonly facts: PatternFacts; readonly surprise: number; readonly expected: number },
): EpisodeStep | undefined {
  const known = log.missing;
  if (known === undefined) {
    const episode: PatternEpisode = {
      ...{ startedAt: facts.lastAt, peakAt: log.lastAt, lastSeenAt: log.lastAt, revision: 1, surprise, expected },
      ...{ ids: [id], count: 1, worst: facts.worst, lead: id, example: '' },
      ...{ toldAt: log.lastAt, toldCount: 1 },
    };
    log.missing = episode;
    return { kind: 'opened', episode };
  }
  if (known.ids.length < idsMax) known.ids.push(id);
  known.count += 1;
  known.lastSeenAt = log.lastAt;
  return known.count >= 2 * known.toldCount ? told(known, 'updated') : undefined;
}

function forgetGaps({ patterns }: AssetLog, id: string): void {
  const facts = patterns.get(id);
  if (facts !== undefined) Object.assign(facts, { gaps: 0, gapMeanMs: 0, gapSquareMs: 0, gapMaxMs: 0 });
}
