import type { Log, TenantId } from '@heliosiq/model';
import { type LogPatternMiner, createLogPatternMiner } from '@heliosiq/model/log-pattern-miner.ts';
import type { LogPatternStore, Meter, PatternExample, StoredLogPattern } from '@heliosiq/ports';
import { createTurns } from '../bronze/turns.ts';

/** Names the pattern of each log of a tenant, and keeps the catalogue of patterns up to date. */
export interface LogPatternBook {
  /** The patterns of logs by id. When this resolves, the catalogue has every pattern that is named. */
  name(tenantId: TenantId, logs: readonly Log[]): Promise<ReadonlyMap<Log, string>>;
}

export interface LogPatternBookDeps {
  readonly patterns: LogPatternStore;
  readonly meter: Meter;
  /** Called between short steps. */
  readonly breathe: () => Promise<void> | undefined;
  readonly options?: LogPatternBookOptions;
}

export interface LogPatternBookOptions {
  /** Patterns kept of one tenant; beyond it those that are seen once and then those seen longest ago make room. Default 10,000. */
  readonly patternsMax?: number;
  /** Patterns in memory over all tenants, about 3.5 kB each; tenants that are silent longest go first. Default 12,000. */
  readonly heldPatternsMax?: number;
}

/** Lines between two breaths. */
const linesAtOnce = 100;
/** How far the catalogue's `lastAt` may lag behind the logs. */
const lagMs = 60_000;
const exampleLength = 500;

interface Facts {
  firstAt: number;
  lastAt: number;
  /** `lastAt` as the catalogue has it. */
  toldAt: number;
}

interface TenantBook {
  readonly miner: LogPatternMiner;
  readonly facts: Map<string, Facts>;
  /** What the catalogue does not have yet. */
  unsaved: Map<string, StoredLogPattern>;
  gone: Set<string>;
}

/** A book over a catalogue. Several may work on one tenant: ids say what a pattern is, so that they name it alike. */
export function createLogPatternBook({ patterns, meter, breathe, options = {} }: LogPatternBookDeps): LogPatternBook {
  const { patternsMax = 10_000, heldPatternsMax = 12_000 } = options;
  /** In the order of their last use. */
  const tenants = new Map<TenantId, Promise<TenantBook>>();
  const held = meter.gauge({ name: 'heliosiq_log_patterns', help: 'Log patterns in memory where logs are stored.' });
  const forgotten = meter.counter({
    name: 'heliosiq_log_patterns_forgotten_total',
    help: 'Log patterns that made room in a full catalogue.',
  });

  async function open(tenantId: TenantId): Promise<TenantBook> {
    const miner = createLogPatternMiner({ patternsMax });
    const known = await patterns.list(tenantId, { limit: Math.min(20_000, patternsMax) });
    // Those seen longest ago come first, as they would have been met.
    miner.load(known.toReversed());
    miner.takeChanges();
    const facts = new Map(
      known.map(({ id, firstAt, lastAt }) => [id, { firstAt, lastAt, toldAt: lastAt } satisfies Facts]),
    );
    return { miner, facts, unsaved: new Map(), gone: new Set() };
  }

  async function bookOf(tenantId: TenantId): Promise<TenantBook> {
    const opening = tenants.get(tenantId) ?? open(tenantId);
    tenants.delete(tenantId);
    tenants.set(tenantId, opening);
    try {
      return await opening;
    } catch (error) {
      tenants.delete(tenantId);
      throw error;
    }
  }

  /** Takes over what a batch of lines changed, with an example for each pattern that was met. */
  function note({ miner, facts, unsaved, gone }: TenantBook, examples: ReadonlyMap<string, PatternExample>): void {
    const { changed, gone: left } = miner.takeChanges();
    const leftFacts = new Map(left.map((id) => [id, facts.get(id)]));
    for (const pattern of changed) {
      for (const id of pattern.formerIds) widen(facts, pattern.id, leftFacts.get(id));
    }
    for (const id of left) {
      facts.delete(id);
      unsaved.delete(id);
      gone.add(id);
    }
    for (const [id, example] of examples) {
      const mined = miner.mined(id);
      const own = mined === undefined ? undefined : facts.get(mined.id);
      const known = mined === undefined ? undefined : miner.pattern(mined.id);
      if (mined === undefined || own === undefined || known === undefined) continue;
      const isChanged = changed.some((each) => each.id === mined.id);
      if (!isChanged && own.lastAt - own.toldAt < lagMs) continue;
      gone.delete(mined.id);
      unsaved.set(mined.id, {
        ...mined,
        template: known.template,
        firstAt: own.firstAt,
        lastAt: own.lastAt,
        example: unsaved.get(mined.id)?.example ?? example,
      });
    }
  }

  /** What fails to be saved is saved with the next lines. */
  async function save(tenantId: TenantId, book: TenantBook): Promise<void> {
    const { unsaved, gone } = book;
    book.unsaved = new Map();
    book.gone = new Set();
    try {
      await patterns.put(tenantId, [...unsaved.values()]);
      await patterns.remove(tenantId, [...gone]);
    } catch (error) {
      book.unsaved = new Map([...unsaved, ...book.unsaved]);
      book.gone = new Set([...gone, ...book.gone]);
      throw error;
    }
    for (const { id, lastAt } of unsaved.values()) {
      const own = book.facts.get(id);
      if (own !== undefined) own.toldAt = lastAt;
    }
  }

  async function letGo(): Promise<void> {
    let size = 0;
    for (const book of await Promise.all(tenants.values())) size += book.miner.size;
    for (const [tenantId, opening] of tenants) {
      if (size <= heldPatternsMax || tenants.size === 1) break;
      size -= (await opening).miner.size;
      tenants.delete(tenantId);
    }
    held.set(size);
  }

  async function name(tenantId: TenantId, logs: readonly Log[]): Promise<ReadonlyMap<Log, string>> {
    const named = new Map<Log, string>();
    const book = await bookOf(tenantId);
    const before = book.miner.forgotten;
    const examples = new Map<string, PatternExample>();
    for (const [index, log] of logs.entries()) {
      if (index % linesAtOnce === 0) await breathe();
      const { id } = book.miner.observe(log.body);
      named.set(log, id);
      widen(book.facts, id, { firstAt: log.at, lastAt: log.at, toldAt: -Infinity });
      if (!examples.has(id)) examples.set(id, exampleOf(log));
    }
    forgotten.add(book.miner.forgotten - before);
    note(book, examples);
    await save(tenantId, book);
    await letGo();
    return named;
  }

  // A miner's changes are those of one batch of lines at a time.
  const oneAtATime = createTurns();
  return {
    name: (tenantId, logs) =>
      logs.length === 0 ? Promise.resolve(new Map<Log, string>()) : oneAtATime(() => name(tenantId, logs)),
  };
}

function widen(facts: Map<string, Facts>, id: string, by: Facts | undefined): void {
  if (by === undefined) return;
  const own = facts.get(id);
  if (own === undefined) {
    facts.set(id, { ...by });
    return;
  }
  own.firstAt = Math.min(own.firstAt, by.firstAt);
  own.lastAt = Math.max(own.lastAt, by.lastAt);
}

function exampleOf({ asset, severity, at, body }: Log): PatternExample {
  return { asset, severity, at, body: body.slice(0, exampleLength) };
}
