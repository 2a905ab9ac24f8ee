import { Anomaly, type AnomalyEvent, SeriesId } from '@heliosiq/model';
import { anomalyIdOf } from '@heliosiq/model/content-id.ts';
import { z } from 'zod';
import { durationWords } from '../duration-words.ts';
import { eventKinds } from '../event-of-change.ts';
import type { FlapSettings } from './flap-settings.ts';

/** Name under which series that flap are told apart from what other detectors find. */
export const flapDetector = 'flapping';

const Entry = z.object({
  seriesId: SeriesId,
  /** When the anomalies within the window began, the newest last. */
  opens: z.array(z.number()),
  isOpen: z.boolean(),
  /** End of the last anomaly. */
  calmFrom: z.number(),
  flap: z
    .object({
      /** When the first of the anomalies began. */
      firstAt: z.number(),
      /** Anomalies that began from this moment on are part of it. */
      mutedFrom: z.number(),
      count: z.number(),
      revision: z.number(),
      /** The strongest of them. */
      peak: Anomaly,
    })
    .nullable(),
});
type Entry = z.infer<typeof Entry>;

/** What is to be told of what one series did. */
export interface FlapView {
  /** Events that are part of a flapping that is told as one: kept, but told to nobody. */
  readonly silenced: ReadonlySet<AnomalyEvent>;
  /** Beginnings and ends of flappings. */
  readonly told: readonly AnomalyEvent[];
}

/** Makes one lasting anomaly of many short ones of a series. */
export interface FlapWatch {
  /** Takes in what some samples of one series did to its anomalies, in order; `clock` is the time of the newest sample. */
  observe(seriesId: SeriesId, events: readonly AnomalyEvent[], clock: number): FlapView;
  readonly size: () => number;
  /** All that it knows as bytes; `restore` goes on from them. */
  pack(): Uint8Array;
  /** Throws for bytes of another kind. */
  restore(bytes: Uint8Array): void;
}

const nothing: FlapView = { silenced: new Set(), told: [] };

export function createFlapWatch(settings: FlapSettings): FlapWatch {
  // A Map keeps insertion order; a series that has an anomaly again is put at its end.
  const entries = new Map<SeriesId, Entry>();

  function entryOf(seriesId: SeriesId): Entry {
    const entry: Entry = entries.get(seriesId) ?? { seriesId, opens: [], isOpen: false, calmFrom: 0, flap: null };
    entries.delete(seriesId);
    entries.set(seriesId, entry);
    if (entries.size > settings.seriesMax) {
      // One that flaps is kept: its end must be told.
      const oldest = entries.values().find((one) => one.flap === null) ?? entries.values().next().value;
      if (oldest !== undefined) entries.delete(oldest.seriesId);
    }
    return entry;
  }

  /** One event of a series; true when it is part of a flapping. Told is what begins with it. */
  function take(entry: Entry, { kind, anomaly }: AnomalyEvent, told: AnomalyEvent[]): boolean {
    if (kind === 'anomaly-opened') {
      const { startedAt } = anomaly;
      // Stable until now: that it was is told before what begins anew, however samples are cut into blocks.
      const end = endIfStable(entry, startedAt);
      if (end !== undefined) told.push(end);
      entry.opens = [...entry.opens.filter((at) => at > startedAt - settings.windowMs), startedAt];
      entry.isOpen = true;
      if (entry.flap !== null) entry.flap.count += 1;
      else if (entry.opens.length >= settings.opens) {
        const firstAt = entry.opens[0] ?? startedAt;
        entry.flap = { firstAt, mutedFrom: startedAt, count: entry.opens.length, revision: 1, peak: anomaly };
        const flapping = flapOf(entry, { at: startedAt });
        if (flapping !== undefined) told.push({ kind: eventKinds.opened, anomaly: flapping });
        return true;
      }
    }
    if (kind === 'anomaly-closed') {
      entry.isOpen = false;
      entry.calmFrom = anomaly.endedAt ?? anomaly.lastSeenAt;
    }
    if (entry.flap === null || anomaly.startedAt < entry.flap.mutedFrom) return false;
    if (anomaly.score > entry.flap.peak.score) entry.flap.peak = anomaly;
    return true;
  }

  function flapOf(
    entry: Entry,
    { at, isOver = false }: { readonly at: number; readonly isOver?: boolean },
  ): Anomaly | undefined {
    const { flap, seriesId } = entry;
    if (flap === null) return undefined;
    const { endedAt: _, ...peak } = flap.peak;
    const lasts = durationWords(Math.round((at - flap.firstAt) / 1000));
    const ended = isOver ? ', and is stable now' : '';
    return {
      ...peak,
      id: anomalyIdOf(seriesId, flapDetector, flap.mutedFrom),
      detector: flapDetector,
      revision: flap.revision,
      status: isOver ? 'closed' : 'open',
      startedAt: flap.mutedFrom,
      peakAt: Math.max(flap.mutedFrom, peak.peakAt),
      lastSeenAt: Math.max(flap.mutedFrom, at),
      ...(isOver ? { endedAt: Math.max(flap.mutedFrom, at) } : {}),
      explanation: `Flapping: unusual ${flap.count} times in ${lasts}, and calm in between${ended}. At its strongest: ${peak.explanation}`,
    };
  }

  function endIfStable(entry: Entry, clock: number): AnomalyEvent | undefined {
    const { flap } = entry;
    if (flap === null || entry.isOpen || clock - entry.calmFrom < settings.stableMs) return undefined;
    flap.revision += 1;
    const anomaly = flapOf(entry, { at: entry.calmFrom, isOver: true });
    entry.flap = null;
    entry.opens = [];
    return anomaly === undefined ? undefined : { kind: eventKinds.closed, anomaly };
  }

  return {
    size: () => entries.size,
    observe(seriesId, events, clock) {
      const known = entries.get(seriesId);
      if (events.length === 0 && (known === undefined || known.flap === null)) return nothing;
      const entry = events.length === 0 && known !== undefined ? known : entryOf(seriesId);
      const told: AnomalyEvent[] = [];
      const silenced = new Set(events.filter((event) => take(entry, event, told)));
      const end = endIfStable(entry, clock);
      return { silenced, told: end === undefined ? told : [...told, end] };
    },
    pack: () => Buffer.from(JSON.stringify([...entries.values()])),
    restore(bytes) {
      entries.clear();
      const parsed: unknown = JSON.parse(Buffer.from(bytes).toString());
      for (const entry of z.array(Entry).parse(parsed)) entries.set(entry.seriesId, entry);
    },
  };
}
