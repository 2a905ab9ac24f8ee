import type { AssetLog, PatternFacts } from './asset-log.ts';
import type { LogWatchSettings } from './log-watch-settings.ts';
import { minuteMs } from './log-watch-settings.ts';

/** Lines of one minute of what is counted: a pattern, all lines of the asset, or those of trouble. */
export interface MinuteCount {
  readonly of: { readonly pattern: string } | 'lines' | 'trouble';
  readonly at: number;
  readonly lines: number;
}

/** Minutes without a line that are counted as such; a longer silence is a gap, for others to judge. */
const emptyMinutesMax = 10;
/** How fast shares of minutes follow: an hour. */
const rate = 1 / 60;
/** A pattern is watched when it is there in nearly every minute, several times: fewer lines say nothing by their number. */
const presenceMin = 0.8;
const perMinuteMin = 3;
/** A watched one that has all but gone leaves its place. */
const presenceLeft = 0.01;
/** Fewer lines of trouble in a minute are no burst, and count as none. */
const troubleMin = 5;

/** Counts a line in its minute; one that is late by more than a minute is in no minute any more. */
export function countLine(
  log: AssetLog,
  facts: PatternFacts,
  { at, isTrouble }: { readonly at: number; readonly isTrouble: boolean },
): void {
  const behind = log.minute - Math.floor(at / minuteMs);
  if (behind === 0) {
    facts.now += 1;
    log.now += 1;
    if (isTrouble) log.troubleNow += 1;
  } else if (behind === 1) {
    facts.before += 1;
    log.before += 1;
    if (isTrouble) log.troubleBefore += 1;
  }
}

/** Goes on to the minute of a moment; returns the counts of the minutes that are over and can get no line any more. */
export function passMinutes(log: AssetLog, at: number, settings: LogWatchSettings): MinuteCount[] {
  const minute = Math.floor(at / minuteMs);
  const passed = minute - log.minute;
  if (passed <= 0) return [];
  const counts: MinuteCount[] = [];
  close(log, log.minute - 1, settings, counts);
  const over = Math.min(passed, emptyMinutesMax + 1);
  for (let step = 1; step < over; step += 1) close(log, log.minute - 1 + step, settings, counts);
  if (passed > over) reset(log);
  log.minute = minute;
  return counts;
}

/** The minute before the current one is over: its counts go out, and the current one takes its place. */
function close(log: AssetLog, minute: number, settings: LogWatchSettings, counts: MinuteCount[]): void {
  const at = minute * minuteMs;
  counts.push({ of: 'lines', at, lines: log.before });
  counts.push({ of: 'trouble', at, lines: log.troubleBefore < troubleMin ? 0 : log.troubleBefore });
  let watched = 0;
  for (const facts of log.patterns.values()) if (facts.isWatched) watched += 1;
  for (const [id, facts] of log.patterns) {
    facts.presence += rate * ((facts.before > 0 ? 1 : 0) - facts.presence);
    facts.perMinute += rate * (facts.before - facts.perMinute);
    if (facts.isWatched) {
      counts.push({ of: { pattern: id }, at, lines: facts.before });
      if (facts.presence < presenceLeft) facts.isWatched = false;
    } else if (watched < settings.watchedMax && facts.presence >= presenceMin && facts.perMinute >= perMinuteMin) {
      facts.isWatched = true;
      watched += 1;
    }
    facts.before = facts.now;
    facts.now = 0;
  }
  log.before = log.now;
  log.now = 0;
  log.troubleBefore = log.troubleNow;
  log.troubleNow = 0;
}

function reset(log: AssetLog): void {
  for (const facts of log.patterns.values()) Object.assign(facts, { now: 0, before: 0 });
  Object.assign(log, { now: 0, before: 0, troubleNow: 0, troubleBefore: 0 });
}
