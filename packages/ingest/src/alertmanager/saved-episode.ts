import type { Alert, DiscreteSignal } from '@heliosiq/model';
import { z } from 'zod';
import type { Episode } from './alert-episode.ts';

/** An episode as JSON, which has no infinities: `null` stands for the one that the field can have. */
export const SavedEpisode = z
  .object({
    isFiring: z.boolean(),
    startsAt: z.number(),
    endedAt: z
      .number()
      .nullable()
      .transform((at) => at ?? Infinity),
    endedBefore: z
      .number()
      .nullable()
      .transform((at) => at ?? -Infinity),
    startedAt: z.number(),
    at: z.number(),
    source: z.object({ way: z.enum(['webhook', 'direct']), origin: z.string() }).optional(),
    heardAt: z.number(),
  })
  .transform((saved): Episode => ({ ...saved, source: saved.source }));

/** Header of the record of an alert in the log: the episode as it stood then, for who has lost it. */
export const episodeHeader = 'alert-episode';

/** The headers of the record of a signal: none unless it is the newest of its alert. */
export function episodeHeaders(
  book: { episodeOf(alert: Alert): Episode | undefined },
  signal: DiscreteSignal,
): Readonly<Record<string, string>> | undefined {
  const episode = signal.kind === 'alert' ? book.episodeOf(signal) : undefined;
  return episode === undefined ? undefined : { [episodeHeader]: JSON.stringify(episode) };
}

/** Reads the header of a record; undefined where it has none that can be read. */
export function episodeOfHeader(text: string | undefined): Episode | undefined {
  if (text === undefined) return undefined;
  try {
    const read = SavedEpisode.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
