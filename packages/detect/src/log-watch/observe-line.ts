import type { Log } from '@heliosiq/model';
import { severityRank, worseSeverity } from '@heliosiq/model';
import type { LogPatternMiner } from '@heliosiq/model/log-pattern-miner.ts';
import type { AssetLog, PatternFacts } from './asset-log.ts';
import { passTime } from './discovery-rate.ts';
import { lineSeverity } from './line-severity.ts';
import { type LogWatchSettings, activeGapMs } from './log-watch-settings.ts';
import { type MinuteCount, countLine, passMinutes } from './minute-counts.ts';
import { type EpisodeStep, observeDiscovery, observeMember, passTimeOfNew } from './new-patterns.ts';
import { learnGap, lookForMissing, observeReturn } from './vanished-patterns.ts';

/** What a line did: counts of minutes that are over, and changes of the episodes of its asset. */
export interface LineEffect {
  readonly counts: readonly MinuteCount[];
  readonly fresh: readonly EpisodeStep[];
  readonly missing: readonly EpisodeStep[];
}

const hourMs = 3_600_000;

/** Takes a line into what is known of its asset. A function of the state, the dictionary and the line alone. */
export function observeLine(
  state: AssetLog,
  { at, body, severity: told }: Pick<Log, 'at' | 'body' | 'severity'>,
  { miner, settings }: { readonly miner: LogPatternMiner; readonly settings: LogWatchSettings },
): LineEffect {
  const severity = lineSeverity(told, body);
  const fresh: (EpisodeStep | undefined)[] = [];
  const missing: (EpisodeStep | undefined)[] = [];
  const counts = goOn(state, at, settings);
  if (counts.length > 0) missing.push(lookForMissing(state, settings));
  fresh.push(passTimeOfNew(state, settings));
  state.lines += 1;

  const { id, isNew } = miner.observe(body);
  const known = state.patterns.get(id) ?? grownFrom(state, miner, id);
  const facts = known ?? createFacts(state, at, severity);
  if (known === undefined) {
    const wasFull = makeRoom(state, settings);
    const isKnownElsewhere = !isNew;
    // Where an asset has more patterns than are remembered, only what nobody knows is new.
    const isNews = isNew || !wasFull;
    if (isNews)
      fresh.push(observeDiscovery(state, { at: state.lastAt, id, severity, body, isKnownElsewhere }, settings));
  } else {
    learnGap(facts, state.activeMs);
    missing.push(observeReturn(state, id, at));
    fresh.push(observeMember(state, id, state.lastAt));
  }
  facts.lines += 1;
  facts.linesBefore = state.lines;
  facts.lastAt = Math.max(facts.lastAt, at);
  facts.worst = worseSeverity(facts.worst, severity);
  // To the end of the map: its first pattern is the one that was seen longest ago.
  state.patterns.delete(id);
  state.patterns.set(id, facts);
  countLine(state, facts, { at, isTrouble: severityRank(severity) <= severityRank('high') });
  const isThere = (step: EpisodeStep | undefined): step is EpisodeStep => step !== undefined;
  return { counts, fresh: fresh.filter(isThere), missing: missing.filter(isThere) };
}

/** Lets the asset's clock go on to a line, never back. */
function goOn(state: AssetLog, at: number, settings: LogWatchSettings): MinuteCount[] {
  const passedMs = Math.min(activeGapMs, Math.max(0, at - state.lastAt));
  state.activeMs += passedMs;
  passTime(state.rates, passedMs / hourMs, state.activeMs / hourMs);
  const counts = passMinutes(state, at, settings);
  state.lastAt = Math.max(state.lastAt, at);
  return counts;
}

/** The facts of patterns that have grown into this one, taken together under its id. */
function grownFrom(state: AssetLog, miner: LogPatternMiner, id: string): PatternFacts | undefined {
  let grown: PatternFacts | undefined;
  for (const former of miner.mined(id)?.formerIds ?? []) {
    const facts = state.patterns.get(former);
    if (facts === undefined) continue;
    state.patterns.delete(former);
    grown = grown === undefined || facts.lines > grown.lines ? facts : grown;
  }
  return grown;
}

/** True when the asset's patterns are as many as are remembered; one that no model watches then makes room. */
function makeRoom({ patterns }: AssetLog, settings: LogWatchSettings): boolean {
  if (patterns.size < settings.patternsMax) return false;
  for (const [id, { isWatched }] of patterns) {
    if (isWatched) continue;
    patterns.delete(id);
    break;
  }
  return true;
}

function createFacts({ activeMs }: AssetLog, at: number, severity: Log['severity']): PatternFacts {
  return {
    ...{ firstAt: at, lastAt: at, lastActiveMs: activeMs, linesBefore: 0, lines: 0, worst: severity, isWatched: false },
    ...{ gaps: 0, gapMeanMs: 0, gapSquareMs: 0, gapMaxMs: 0, presence: 0, perMinute: 0, now: 0, before: 0 },
  };
}
