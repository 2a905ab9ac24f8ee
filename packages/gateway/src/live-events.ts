import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { LiveEvent } from '@heliosiq/api';
import { DiagnosisEvent, HeliosError, IncidentEvent } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { EventLog, Gauge, Logger, LogRecord } from '@heliosiq/ports';

export interface LiveEventsDeps {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly streamsOpen: Gauge;
  readonly streamsMax: number;
  readonly heartbeatMs: number;
}

export interface Subscription {
  readonly lastEventId: string | undefined;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/** Incidents and diagnoses of all tenants, as they happen. */
export interface LiveEvents {
  /** A tenant's events in the SSE format (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
  subscribe(tenantId: TenantId, subscription: Subscription): Readable;
  /** Reads the log until the signal aborts, then ends all streams. */
  run(signal: AbortSignal, server: string): Promise<void>;
}

interface Message {
  readonly id: string;
  readonly tenantId: TenantId;
  /** As it goes out; undefined for a record that cannot be read. Made when somebody wants it: most of the time nobody does. */
  readonly text: () => string | undefined;
}

/** A client that leaves this much unread is cut off; it reconnects and says what it saw last. */
const unreadBytesMax = 2 ** 20;
/** Events kept for clients that come back. */
const keptMax = 500;
const retryMs = 2000;

/** One consumer group of its own per process, from now on, fanned out to the streams of the process. */
export function createLiveEvents({ log, logger, streamsOpen, streamsMax, heartbeatMs }: LiveEventsDeps): LiveEvents {
  const streams = new Set<{ readonly tenantId: TenantId; readonly stream: PassThrough }>();
  const kept: Message[] = [];
  let isStopped = false;

  function publish(message: Message): void {
    kept.push(message);
    if (kept.length > keptMax) kept.shift();
    for (const { tenantId, stream } of streams) {
      if (tenantId !== message.tenantId) continue;
      if (stream.writableLength > unreadBytesMax) stream.destroy();
      else write(stream, message);
    }
  }

  function missedBy(tenantId: TenantId, lastEventId: string | undefined): readonly Message[] {
    const seen = lastEventId === undefined ? -1 : kept.findIndex(({ id }) => id === lastEventId);
    return seen === -1 ? [] : kept.slice(seen + 1).filter((message) => message.tenantId === tenantId);
  }

  async function follow(signal: AbortSignal, server: string): Promise<void> {
    await using consumer = log.consumer({
      // Each server sees every record; the same one after a restart goes on where it was.
      group: `live-${server}`,
      topics: ['incidents', 'diagnoses'],
      startAt: 'latest',
    });
    for await (const batch of consumer.batches(signal)) {
      for (const record of batch.records) publish(messageOf(record));
      // Nobody takes this group over; the commit tells the operator's view of lag the truth.
      await batch.commit();
    }
  }

  return {
    subscribe(tenantId, { lastEventId, signal }) {
      if (isStopped || streams.size >= streamsMax) {
        throw new HeliosError('unavailable', 'No more live streams can be opened now', { retryAfterS: 5 });
      }
      const stream = new PassThrough();
      const entry = { tenantId, stream };
      streams.add(entry);
      streamsOpen.set(streams.size);
      const heartbeat = setInterval(() => stream.write(': still here\n\n'), heartbeatMs);
      const drop = (): void => void stream.destroy();
      signal.addEventListener('abort', drop, { once: true });
      stream.once('close', () => {
        clearInterval(heartbeat);
        signal.removeEventListener('abort', drop);
        streams.delete(entry);
        streamsOpen.set(streams.size);
      });
      stream.write(`retry: ${retryMs}\n\n`);
      for (const message of missedBy(tenantId, lastEventId)) write(stream, message);
      return stream;
    },

    async run(signal, server) {
      while (!signal.aborted) {
        try {
          await follow(signal, server);
        } catch (error) {
          // The log is out of reach: the streams stay open and go on when it is back.
          logger.error({ error }, 'live-events-interrupted');
          await wait(retryMs, undefined, { signal }).catch(() => undefined);
        }
      }
      isStopped = true;
      for (const { stream } of streams) stream.end();
    },
  };
}

function write(stream: PassThrough, { text }: Message): void {
  const words = text();
  if (words !== undefined) stream.write(words);
}

function messageOf({ topic, partition, offset, tenantId, value }: LogRecord): Message {
  const id = `${topic}-${partition}-${offset}`;
  // A copy: the record may be a view into many that were read together.
  let bytes: Uint8Array | undefined = Uint8Array.from(value);
  let text: string | undefined;
  return {
    id,
    tenantId,
    text() {
      if (bytes === undefined) return text;
      const event = eventOf(topic, bytes);
      bytes = undefined;
      if (event !== undefined) text = `id: ${id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
      return text;
    },
  };
}

/** Undefined for records that cannot be read: the stages that own the topics reject them visibly. */
function eventOf(topic: string, value: Uint8Array): LiveEvent | undefined {
  const json = parseJson(value);
  if (topic === 'incidents') {
    const parsed = IncidentEvent.safeParse(json);
    return parsed.success ? { kind: 'incident', incident: parsed.data.incident } : undefined;
  }
  const parsed = DiagnosisEvent.safeParse(json);
  return parsed.success ? { kind: 'diagnosis', diagnosis: parsed.data.diagnosis } : undefined;
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch {
    return undefined;
  }
}
