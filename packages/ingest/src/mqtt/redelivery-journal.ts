import { hash } from 'node:crypto';
import type { TenantId } from '@heliosiq/model';
import type { StateStore } from '@heliosiq/ports';

/** A delivery of a message: the same in its redelivery, whatever dies in between. */
export interface Delivery {
  readonly clientId: string;
  readonly packetId: number;
  readonly isRedelivered: boolean;
}

/** A message's name in the journal, and the moment it was given. */
export interface JournalEntry {
  readonly name: string;
  readonly at: number;
}

/**
 * Remembers which moment a message got that names none itself, before it is stored. When the program dies between the
 * storing and the acknowledgement, the sender delivers again, and the same moment makes it the same sample.
 */
export interface RedeliveryJournal {
  /** The moment that the message of this name got; undefined when it is not remembered. */
  find(tenantId: TenantId, name: string): Promise<number | undefined>;
  /** Durable when it resolves. */
  write(tenantId: TenantId, entries: readonly JournalEntry[]): Promise<void>;
}

/** Names a delivery of content, 16 hexadecimal digits. */
export function nameOfDelivery({ clientId, packetId }: Delivery, topic: string, payload: Buffer): string {
  const head = Buffer.from(`${clientId.length} ${topic.length} ${packetId} ${clientId}${topic}`);
  return hash('sha256', Buffer.concat([head, payload]), 'hex').slice(0, 16);
}

/** Writes that are remembered by tenant: far more than can be under way at once. */
const pagesMax = 256;
const scope = 'mqtt-redelivery';
const entryBytes = 16;

/** One write. */
interface Page {
  readonly number: number;
  readonly entries: readonly JournalEntry[];
}

interface Ring {
  readonly moments: Map<string, number>;
  readonly pages: Page[];
  nextNumber: number;
}

/** Makes the journal of one process; `instance` tells it from those of others and is the same after a restart. */
export function createRedeliveryJournal(state: StateStore, instance: string): RedeliveryJournal {
  const rings = new Map<TenantId, Promise<Ring>>();

  function ringOf(tenantId: TenantId): Promise<Ring> {
    const known = rings.get(tenantId);
    if (known !== undefined) return known;
    const opened = openRing(tenantId);
    rings.set(tenantId, opened);
    opened.catch(() => rings.delete(tenantId)); // the next one tries again
    return opened;
  }

  async function openRing(tenantId: TenantId): Promise<Ring> {
    const keys = Array.from({ length: pagesMax }, (_, index) => `${instance} ${index}`);
    const pages = (await state.get(tenantId, scope, keys)).map(({ bytes }) => decodePage(Buffer.from(bytes)));
    const ring: Ring = { moments: new Map(), pages: [], nextNumber: 0 };
    for (const page of pages.toSorted((a, b) => a.number - b.number)) remember(ring, page);
    return ring;
  }

  return {
    async find(tenantId, name) {
      return (await ringOf(tenantId)).moments.get(name);
    },
    async write(tenantId, entries) {
      const ring = await ringOf(tenantId);
      const page = { number: ring.nextNumber, entries };
      remember(ring, page);
      const key = `${instance} ${page.number % pagesMax}`;
      await state.put(tenantId, scope, [{ key, bytes: encodePage(page) }]);
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

function encodePage({ number, entries }: Page): Buffer {
  const bytes = Buffer.alloc(8 + entries.length * entryBytes);
  bytes.writeDoubleLE(number, 0);
  for (const [index, { name, at }] of entries.entries()) {
    bytes.write(name, 8 + index * entryBytes, 'hex');
    bytes.writeDoubleLE(at, 16 + index * entryBytes);
  }
  return bytes;
}

function decodePage(bytes: Buffer): Page {
  const entries: JournalEntry[] = [];
  for (let at = 8; at + entryBytes <= bytes.length; at += entryBytes) {
    entries.push({ name: bytes.toString('hex', at, at + 8), at: bytes.readDoubleLE(at + 8) });
  }
  return { number: bytes.readDoubleLE(0), entries };
}
