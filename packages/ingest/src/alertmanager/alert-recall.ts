import { Alert, type TenantId, topicShape } from '@heliosiq/model';
import type { EventLog } from '@heliosiq/ports';
import type { Episode } from './alert-episode.ts';
import { episodeHeader, episodeOfHeader } from './saved-episode.ts';

/** The offset behind the last record of each partition of the topic `signals`, by its number. */
export type LogEnds = readonly number[];

/** An alert as the log was told of it. */
export interface LoggedAlert {
  readonly alert: Alert;
  readonly episode: Episode;
}

/** What the log holds of alerts: whoever saved less, because it was killed before, reads the rest here. */
export interface AlertRecall {
  /** Where the log ends now; zeros where no stage has ever read it. */
  ends(): Promise<LogEnds>;
  /** A tenant's alerts behind these ends, each fingerprint's in order. */
  since(tenantId: TenantId, ends: LogEnds): AsyncIterable<LoggedAlert>;
}

const topic = 'signals';
const { partitions } = topicShape(topic);
const recordsPerRead = 1_000;
const openBrace = 0x7b;

export function createAlertRecall(log: Pick<EventLog, 'lag' | 'read'>): AlertRecall {
  async function endsNow(): Promise<LogEnds> {
    const ends = Array.from({ length: partitions }, () => 0);
    for (const { topic: name, partition, endOffset } of await log.lag()) {
      if (name === topic && partition < partitions) ends[partition] = Math.max(ends[partition] ?? 0, endOffset);
    }
    return ends;
  }

  return {
    ends: endsNow,
    async *since(tenantId, ends) {
      // What is appended meanwhile is not waited for: it may come faster than it is read.
      const until = (await endsNow()).map((end) => (end === 0 ? Infinity : end));
      for (let partition = 0; partition < partitions; partition += 1) {
        const end = until[partition] ?? 0;
        for (let fromOffset = ends[partition] ?? 0; fromOffset < end;) {
          const page = { partition, fromOffset, recordsMax: recordsPerRead };
          const { records, nextOffset } = await log.read(tenantId, topic, page);
          for (const { value, headers } of records) {
            const episode = episodeOfHeader(headers?.[episodeHeader]);
            const alert = episode === undefined ? undefined : alertOf(value);
            if (episode !== undefined && alert !== undefined) yield { alert, episode };
          }
          if (records.length === 0) break;
          fromOffset = nextOffset;
        }
      }
    },
  };
}

function alertOf(value: Uint8Array): Alert | undefined {
  if (value[0] !== openBrace) return undefined;
  try {
    const read = Alert.safeParse(JSON.parse(Buffer.from(value).toString('utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
