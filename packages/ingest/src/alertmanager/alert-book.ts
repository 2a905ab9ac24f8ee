import type { Alert } from '@heliosiq/model';
import type { AlertReport } from './alert-report.ts';
import { alertAt, alertOf } from './alert-words.ts';
import { type Episode, expired, nextEpisode } from './alert-episode.ts';
import type { AlertSettings } from './alert-settings.ts';
import { shardOf } from './alert-shard.ts';
import { createSharedSources } from './alert-sources.ts';
import { createPastAlerts, type PastAlert, type PastAlerts } from './past-alerts.ts';

/** A firing alert that is followed. */
export interface FollowedAlert {
  episode: Episode;
  /** The newest record of it. */
  alert: Alert;
  /** The annotations of the newest report that was read whole. */
  annotations: AlertReport['annotations'];
  /** `startsAt` as last sent: an equal text needs no reading. */
  startsText: unknown;
  /** From here on a re-send is a renewal. */
  renewAt: number;
  /** When it is over unless it is refreshed; infinite for alerts whose sender will say so. */
  expiresAt: number;
  /** `expiresAt` as last saved. */
  savedExpiresAt: number;
  /** When its sender last told of it, by the clock here. */
  updatedAt: number;
  /** True once `alert` is stored in the log. */
  isDurable: boolean;
  /** Records before `alert` that may not be stored yet; they go ahead of it. */
  earlier: readonly Alert[];
}

/** What a re-send says, as far as it takes to know it again. */
export interface ToldFiring {
  readonly fingerprint: string;
  /** As it was sent. */
  readonly startsAt: unknown;
}

/** What one tenant's alerts are at, bounded; durable in the log before a sender is told so. */
export interface AlertBook {
  readonly firing: ReadonlyMap<string, FollowedAlert>;
  /** Those of them that run out unless they are refreshed. */
  readonly expiring: ReadonlyMap<string, FollowedAlert>;
  readonly past: Pick<PastAlerts, 'size' | 'get' | 'keys'>;
  /** Records that the log has yet to take because of this report; none when it says nothing new and that is stored. */
  observe(report: AlertReport, startsText: unknown, now: number): readonly Alert[];
  /** True when a re-send of this firing says nothing that is not stored; it then counts as a refreshment, until `endsAt`. */
  refresh(firing: ToldFiring, now: number, endsAt?: number): boolean;
  /** Ends an alert that ran out; the records that say so. */
  expire(fingerprint: string, now: number): readonly Alert[];
  /** Takes note that the log holds these records. */
  markStored(alerts: readonly Alert[]): void;
  /** Takes in what was saved, where it is newer than what is known. */
  restoreFiring(alert: Alert, followed: Pick<FollowedAlert, 'episode' | 'expiresAt' | 'annotations'>): void;
  restorePast(fingerprint: string, episode: Episode): void;
  /** Takes in what the log holds, where it is newer than what is known. */
  restoreLogged(alert: Alert, episode: Episode): void;
  /** The episode that a record tells of; undefined where it is not the newest of its alert. */
  episodeOf(alert: Alert): Episode | undefined;
  /** True when any saved state is out of date. */
  readonly hasUnsaved: boolean;
  /** Shards whose saved state is out of date; asking empties the list. */
  takeUnsaved(): ReadonlySet<number>;
}

/** A refreshment is saved when it moves the end by this much. */
const savedStepMs = 60_000;
const earlierMax = 4;
/** Shared by the thousands that are stored. */
const allStored: readonly Alert[] = [];

export function createAlertBook(settings: AlertSettings): AlertBook {
  const firing = new Map<string, FollowedAlert>();
  const expiring = new Map<string, FollowedAlert>();
  const sharedSource = createSharedSources();
  const past = createPastAlerts(sharedSource);
  let unsaved = new Set<number>();

  function follow(fingerprint: string, followed: FollowedAlert): void {
    past.delete(fingerprint);
    firing.set(fingerprint, followed);
    if (followed.expiresAt === Infinity) expiring.delete(fingerprint);
    else expiring.set(fingerprint, followed);
    dropOldest(firing);
    unsaved.add(shardOf(fingerprint));
  }

  function remember(fingerprint: string, ended: PastAlert): void {
    firing.delete(fingerprint);
    expiring.delete(fingerprint);
    // Anew at the end: what was over first is forgotten first.
    past.delete(fingerprint);
    past.set(fingerprint, ended);
    dropOldest(past);
    unsaved.add(shardOf(fingerprint));
  }

  function dropOldest(alerts: typeof firing | PastAlerts): void {
    if (alerts.size <= settings.alertsMax) return;
    const [oldest] = alerts.keys();
    if (oldest === undefined) return;
    alerts.delete(oldest);
    if (alerts === firing) expiring.delete(oldest);
    unsaved.add(shardOf(oldest));
  }

  function extend(followed: FollowedAlert, expiresAt: number, now: number): void {
    followed.updatedAt = now;
    const known = followed.expiresAt === Infinity ? -Infinity : followed.expiresAt;
    if (expiresAt <= known) return;
    followed.expiresAt = expiresAt;
    expiring.set(followed.alert.fingerprint, followed);
    if (expiresAt - followed.savedExpiresAt >= savedStepMs) unsaved.add(shardOf(followed.alert.fingerprint));
  }

  function observeFiring(report: AlertReport, episode: Episode, before: Before): readonly Alert[] {
    const { followed } = before;
    if (followed !== undefined && isSameStand(followed.episode, episode)) {
      followed.episode = episode;
      return unstoredOf(followed);
    }
    const alert = alertOf(report, episode, settings.assetLabels);
    const news: FollowedAlert = {
      episode,
      alert,
      annotations: report.annotations,
      startsText: undefined,
      renewAt: renewalAfter(episode, settings.renewMs),
      expiresAt: followed?.expiresAt ?? Infinity,
      savedExpiresAt: -Infinity,
      updatedAt: 0,
      isDurable: false,
      earlier: before.unstored,
    };
    follow(report.fingerprint, news);
    return unstoredOf(news);
  }

  function observeEnd(report: AlertReport, episode: Episode, before: Before): readonly Alert[] {
    const { ended } = before;
    if (ended !== undefined) {
      const unstored =
        ended.unstored ?? (report.isFiring ? undefined : [alertOf(report, episode, settings.assetLabels)]);
      past.set(report.fingerprint, { episode, unstored });
      return unstored ?? [];
    }
    const unstored = [...before.unstored, alertOf(report, episode, settings.assetLabels)];
    remember(report.fingerprint, { episode, unstored });
    return unstored;
  }

  return {
    firing,
    expiring,
    past,
    observe(report, startsText, now) {
      const before = beforeOf(firing.get(report.fingerprint), past.get(report.fingerprint));
      const { isFiring, startsAt, endsAt } = report;
      const state = { isFiring, startsAt, endsAt, source: sharedSource(report.source) };
      const episode = nextEpisode(before.episode, state, { now, settings });
      if (!episode.isFiring) return observeEnd(report, episode, before);
      // An end that is older than the present firing changes nothing.
      if (!report.isFiring) return [];
      const records = observeFiring(report, episode, before);
      const followed = firing.get(report.fingerprint);
      if (followed !== undefined) {
        followed.startsText = startsText;
        const { way } = report.source;
        if (way === 'direct') extend(followed, report.endsAt ?? now + settings.resolveTimeoutMs, now);
        followed.updatedAt = now;
      }
      return records;
    },
    refresh({ fingerprint, startsAt }, now, endsAt) {
      const followed = firing.get(fingerprint);
      if (followed === undefined || !followed.isDurable || followed.startsText !== startsAt) return false;
      if (startsAt === undefined || now >= followed.renewAt) return false;
      if (endsAt !== undefined) extend(followed, endsAt, now);
      followed.updatedAt = now;
      return true;
    },
    expire(fingerprint, now) {
      const followed = firing.get(fingerprint);
      if (followed === undefined || followed.expiresAt > now) return [];
      const episode = expired(followed.episode, followed.expiresAt, now);
      const unstored = [...unstoredOf(followed), alertAt(followed.alert, episode)];
      remember(fingerprint, { episode, unstored });
      return unstored;
    },
    markStored(alerts) {
      for (const alert of alerts) {
        const followed = firing.get(alert.fingerprint);
        if (followed?.alert === alert) {
          followed.isDurable = true;
          followed.earlier = allStored;
        }
        const ended = past.get(alert.fingerprint);
        if (ended?.unstored?.at(-1) === alert) past.set(alert.fingerprint, { ...ended, unstored: allStored });
      }
    },
    restoreFiring(alert, { episode, expiresAt, annotations }) {
      const { fingerprint } = alert;
      const known = firing.get(fingerprint);
      if (known !== undefined) {
        if (known.expiresAt < expiresAt && known.episode.startedAt <= episode.startedAt) known.expiresAt = expiresAt;
        return;
      }
      if ((past.get(fingerprint)?.episode.at ?? -Infinity) >= episode.at) return;
      follow(fingerprint, {
        episode,
        alert,
        annotations,
        startsText: undefined,
        renewAt: renewalAfter(episode, settings.renewMs),
        expiresAt,
        savedExpiresAt: expiresAt,
        updatedAt: episode.heardAt,
        // It was saved as told; whether the log took it is not known, and telling it twice changes nothing.
        isDurable: false,
        earlier: [],
      });
    },
    restorePast(fingerprint, episode) {
      const known = firing.get(fingerprint)?.episode ?? past.get(fingerprint)?.episode;
      if (known === undefined || known.at < episode.at) remember(fingerprint, { episode, unstored: undefined });
    },
    restoreLogged(alert, episode) {
      const { fingerprint } = alert;
      const known = firing.get(fingerprint)?.episode ?? past.get(fingerprint)?.episode;
      if (known !== undefined && known.at >= episode.at) return;
      if (!episode.isFiring) {
        remember(fingerprint, { episode, unstored: allStored });
        return;
      }
      // Until when its sender vouched for it is not in the log: it has the time of one that was just told of.
      const expiresAt = episode.source?.way === 'direct' ? episode.heardAt + settings.resolveTimeoutMs : Infinity;
      follow(fingerprint, {
        ...{ episode, alert, annotations: {}, startsText: undefined },
        renewAt: renewalAfter(episode, settings.renewMs),
        expiresAt,
        savedExpiresAt: -Infinity,
        updatedAt: episode.heardAt,
        isDurable: true,
        earlier: [],
      });
    },
    episodeOf(alert) {
      const followed = firing.get(alert.fingerprint);
      if (followed?.alert === alert) return followed.episode;
      const ended = past.get(alert.fingerprint);
      return ended?.unstored?.at(-1) === alert ? ended.episode : undefined;
    },
    get hasUnsaved() {
      return unsaved.size > 0;
    },
    takeUnsaved() {
      const taken = unsaved;
      unsaved = new Set();
      return taken;
    },
  };
}

/** Where an alert stands before a report. */
interface Before {
  readonly episode: Episode | undefined;
  readonly followed: FollowedAlert | undefined;
  readonly ended: PastAlert | undefined;
  readonly unstored: readonly Alert[];
}

function beforeOf(followed: FollowedAlert | undefined, ended: PastAlert | undefined): Before {
  return {
    episode: followed?.episode ?? ended?.episode,
    followed,
    ended,
    unstored: (followed === undefined ? (ended?.unstored ?? []) : unstoredOf(followed)).slice(-earlierMax),
  };
}

function unstoredOf({ alert, earlier, isDurable }: FollowedAlert): readonly Alert[] {
  return isDurable ? [] : [...earlier, alert];
}

function isSameStand(a: Episode, b: Episode): boolean {
  return a.isFiring === b.isFiring && a.at === b.at;
}

/** The first moment at which a re-send can be a renewal. */
function renewalAfter({ at, startedAt }: Episode, renewMs: number): number {
  return Math.max(startedAt + renewMs, (Math.floor(at / renewMs) + 1) * renewMs);
}
