/** Where bronze lies in a tenant's blobs. */
export const bronzePrefix = 'bronze/';

/** A run of the log that bronze follows: a partition, and how often its log was replaced by another one. */
export interface BronzeStream {
  readonly partition: number;
  /** Grows when the log turns out to be another one, e.g. after a restore: offsets then begin again. */
  readonly epoch: number;
}

/** What the name of a segment or of its manifest tells. */
export interface BronzeName extends BronzeStream {
  /** UTC hour of the first record's append, as `2026-11-21/09`. */
  readonly hour: string;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** The first digits of the SHA-256 of the segment. */
  readonly digest: string;
  readonly kind: 'segment' | 'manifest';
}

const endings = { segment: 'seg', manifest: 'json' } as const;

/** Digits of an offset, so that names sort as offsets do. */
const offsetDigits = 16;

/** Digits of the SHA-256 in a name: enough that two segments of the same records have names of their own. */
export const digestDigits = 12;

const pattern =
  /^bronze\/(\d{4}-\d\d-\d\d\/\d\d)\/p(\d{1,6})-e(\d{1,6})\/(\d{16})-(\d{16})-([0-9a-f]{12})\.(seg|json)$/;

/** The name of a segment's blob, or of its manifest. */
export function bronzeNameOf({ hour, partition, epoch, firstOffset, lastOffset, digest, kind }: BronzeName): string {
  const [first, last] = [firstOffset, lastOffset].map((offset) => String(offset).padStart(offsetDigits, '0'));
  return `${bronzePrefix}${hour}/p${partition}-e${epoch}/${first}-${last}-${digest}.${endings[kind]}`;
}

/** What a name tells; undefined for a blob that is no part of bronze. */
export function parseBronzeName(name: string): BronzeName | undefined {
  const [, hour, partition, epoch, first, last, digest, ending] = pattern.exec(name) ?? [];
  if (hour === undefined || digest === undefined) return undefined;
  return {
    hour,
    partition: Number(partition),
    epoch: Number(epoch),
    firstOffset: Number(first),
    lastOffset: Number(last),
    digest,
    kind: ending === 'seg' ? 'segment' : 'manifest',
  };
}

/** Years that four digits can tell; a clock beyond them is held at their ends. */
const earliest = 0;
const latest = Date.UTC(9999, 11, 31, 23);

/** The UTC hour of a moment as names have it. */
export function hourOf(atMs: number): string {
  return new Date(Math.min(latest, Math.max(earliest, atMs))).toISOString().slice(0, 13).replace('T', '/');
}

/** Hours since the epoch. */
export function hourNumberOf(atMs: number): number {
  return Math.floor(atMs / 3_600_000);
}

/** When an hour of a name begins, milliseconds since the epoch. */
export function startOfHour(hour: string): number {
  return Date.parse(`${hour.replace('/', 'T')}:00:00Z`);
}
