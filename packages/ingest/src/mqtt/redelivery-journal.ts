import { hash } from 'node:crypto';
import type { TenantId } from '@heliosiq/model';
import type { StateStore } from '@heliosiq/ports';

/** A delivery of a message: the same in its redelivery, whatever dies in between. */
export interface Delivery {
  readonly clientId: string;
  readonly packetId: number;
  readonly isRedelivered: boolean;
}

/** A message's name in the journal, its place as for the clock, and the moment it was given. */
export interface JournalEntry {
  readonly name: string;
  readonly place: string;
  readonly at: number;
}

/**
 * Remembers which moment a message got that names none itself, before it is stored. When the program dies between the
 * storing and the acknowledgement, the sender delivers again, and the same moment makes it the same sample.
 */
export interface RedeliveryJournal {
  /** The tenant's part, read from the store when it is first asked for. */
  of(tenantId: TenantId): Promise<TenantJournal>;
}

export interface TenantJournal {
  /** The moment that the message of this name got; undefined when it is not remembered. */
  find(name: string): number | undefined;
  /** The latest moment that an earlier run of the program gave a message of the place; 0 when none is remembered. */
  latestBefore(place: string): number;
  /** Durable when it resolves. */
  write(entries: readonly JournalEntry[]): Promise<void>;
}

/** Names a delivery of content, 16 hexadecimal digits. */
export function nameOfDelivery({ clientId, packetId }: Delivery, topic: string, payload: Buffer): string {
  const head = Buffer.from(`${clientId.length} ${topic.length} ${packetId} ${clientId}${topic}`);
  return hash('sha256', Buffer.concat([head, payload]), 'hex').slice(0, 16);
}

/** Writes that are remembered by tenant: far more than can be under way at once. */
const pagesMax = 256;
const scope = 'mqtt-redelivery';
const nameBytes = 8;
const placeBytes = 4;
const entryBytes = nameBytes + placeBytes + 8;

/** An entry as it is kept: places are known by a hash. */
interface KeptEntry {
  readonly name: string;
  readonly placeHash: string;
  readonly at: number;
}

/** One write. */
interface Page {
  readonly number: number;
  readonly entries: readonly KeptEntry[];
}

interface Ring {
  readonly moments: Map<string, number>;
  readonly pages: Page[];
  nextNumber: number;
}

/** Makes the journal of one process; `instance` tells it from those of others and is the same after a restart. */
export function createRedeliveryJournal(state: StateStore, instance: string): RedeliveryJournal {
  const journals = new Map<TenantId, Promise<TenantJournal>>();

  async function open(tenantId: TenantId): Promise<TenantJournal> {
    const keys = Array.from({ length: pagesMax }, (_, index) => `${instance} ${index}`);
    const pages = (await state.get(tenantId, scope, keys)).map(({ bytes }) => decodePage(Buffer.from(bytes)));
    const latestBefore = new Map<string, number>();
    for (const { placeHash, at } of pages.flatMap(({ entries }) => entries)) {
      latestBefore.set(placeHash, Math.max(at, latestBefore.get(placeHash) ?? 0));
    }
    const ring: Ring = { moments: new Map(), pages: [], nextNumber: 0 };
    for (const page of pages.toSorted((a, b) => a.number - b.number)) remember(ring, page);
    return {
      find: (name) => ring.moments.get(name),
      latestBefore: (place) => (latestBefore.size === 0 ? 0 : (latestBefore.get(hashOfPlace(place)) ?? 0)),
      async write(entries) {
        const kept = entries.map(({ name, place, at }) => ({ name, placeHash: hashOfPlace(place), at }));
        const page = { number: ring.nextNumber, entries: kept };
        remember(ring, page);
        const key = `${instance} ${page.number % pagesMax}`;
        await state.put(tenantId, scope, [{ key, bytes: encodePage(page) }]);
      },
    };
  }

  return {
    of(tenantId) {
      const known = journals.get(tenantId);
      if (known !== undefined) return known;
      const opened = open(tenantId);
      journals.set(tenantId, opened);
      opened.catch(() => journals.delete(tenantId)); // the next one tries again
      return opened;
    },
  };
}

function remember(ring: Ring, page: Page): void {
  ring.nextNumber = page.number + 1;
  ring.pages.push(page);
  for (const { name, at } of page.entries) ring.moments.set(name, at);
  const gone = ring.pages.length > pagesMax ? ring.pages.shift() : undefined;
  for (const { name, at } of gone?.entries ?? []) if (ring.moments.get(name) === at) ring.moments.delete(name);
}

function hashOfPlace(place: string): string {
  return hash('sha256', place, 'hex').slice(0, placeBytes * 2);
}

function encodePage({ number, entries }: Page): Buffer {
  const bytes = Buffer.alloc(8 + entries.length * entryBytes);
  let end = bytes.writeDoubleLE(number, 0);
  for (const { name, placeHash, at } of entries) {
    end += bytes.write(name, end, 'hex');
    end += bytes.write(placeHash, end, 'hex');
    end = bytes.writeDoubleLE(at, end);
  }
  return bytes;
}

function decodePage(bytes: Buffer): Page {
  const entries: KeptEntry[] = [];
  for (let start = 8; start + entryBytes <= bytes.length; start += entryBytes) {
    const [placeStart, momentStart] = [start + nameBytes, start + nameBytes + placeBytes];
    entries.push({
      name: bytes.toString('hex', start, placeStart),
      placeHash: bytes.toString('hex', placeStart, momentStart),
      at: bytes.readDoubleLE(momentStart),
    });
  }
  return { number: bytes.readDoubleLE(0), entries };
}
