import type { DiscreteSignal } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import { isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { SignalPlace, SignalStore, TimeRange } from '@heliosiq/ports';
import { decodeSignalRecord } from '../signal-record.ts';
import { viewBronze, type BronzeViewOptions } from './bronze-view.ts';
import { createCanonicalHash } from './canonical-hash.ts';
import { canonicalJson } from './canonical-json.ts';
import { createDifferenceList, type DifferenceList } from './difference.ts';
import { catalogueOf, coveredFrom, markInBronze, viewOf, type ProofContext } from './proof-context.ts';
import { timeWords } from './series-name.ts';

/** What the comparison of rebuilt with stored events, logs, changes and alerts gave. */
export interface SignalProof {
  readonly signals: number;
  readonly rebuilt: string;
  readonly stored: string;
  readonly differences: DifferenceList;
  readonly applied: number;
}

export interface SignalProofOptions {
  readonly signals: SignalStore;
  readonly range: TimeRange;
  /** Put right what is missing. What is different or extra stays: the store keeps the first of each, and so does this. */
  readonly applies: boolean;
  /** Signals that are rebuilt at a time at most: a bound of memory, about 300 bytes each. Default 100,000. */
  readonly windowSignalsMax?: number;
}

const pageMax = 1000;

const dayMs = 86_400_000;

/** Signals by kind, id and time, each with the hash of all that it says. */
type Prints = Map<string, string>;

/** Rebuilds the signals of a range from bronze and compares them with those of the store, field by field. */
export async function proveSignals(context: ProofContext, options: SignalProofOptions): Promise<SignalProof> {
  const { range, windowSignalsMax = 100_000 } = options;
  const hashes = { rebuilt: createCanonicalHash(), stored: createCanonicalHash() };
  const differences = createDifferenceList();
  let [signals, applied] = [0, 0];
  const begins = coveredFrom(await catalogueOf(context));
  const queue: TimeRange[] = [range];
  for (let window = queue.shift(); window !== undefined; window = queue.shift()) {
    const { from, to } = window;
    const rebuilt = await printsOfBronze(viewOf(context, await catalogueOf(context)), window, windowSignalsMax);
    if (rebuilt === undefined && to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      queue.unshift({ from, to: middle }, { from: middle, to });
      continue;
    }
    const checked = await checkWindow(context, {
      ...options,
      window,
      begins,
      rebuilt: rebuilt ?? new Map(),
      hashes,
      differences,
    });
    signals += checked.signals;
    applied += checked.applied;
    context.onProgress((to - range.from) / (range.to - range.from));
  }
  return { signals, rebuilt: hashes.rebuilt.digest(), stored: hashes.stored.digest(), differences, applied };
}

interface WindowOptions extends SignalProofOptions {
  readonly window: TimeRange;
  /** What the store has of earlier moments and bronze lacks may have come before bronze began. */
  readonly begins: number;
  readonly rebuilt: Prints;
  readonly hashes: Record<'rebuilt' | 'stored', ReturnType<typeof createCanonicalHash>>;
  readonly differences: DifferenceList;
}

async function checkWindow(
  context: ProofContext,
  { signals: store, window, begins, rebuilt, hashes, differences, applies }: WindowOptions,
): Promise<{ readonly signals: number; readonly applied: number }> {
  const stored = await printsOfStore(context, store, {
    range: window,
    keeps: (key, at) => at >= begins || rebuilt.has(key),
  });
  const keys = [...new Set([...rebuilt.keys(), ...stored.keys()])].sort();
  const wrong = new Set(keys.filter((key) => rebuilt.get(key) !== stored.get(key)));
  if (wrong.size > 0) {
    const to = await markInBronze(context);
    const view = viewOf(context, await catalogueOf(context), { from: context.mark, to });
    for await (const signal of signalsOf(view, window)) {
      const key = keyOf(signal);
      if (stored.get(key) === printOf(signal)) wrong.delete(key);
    }
  }
  for (const key of keys) {
    const [own, other] = [rebuilt.get(key), stored.get(key)];
    hashes.rebuilt.text(`${key} ${own}`);
    hashes.stored.text(`${key} ${wrong.has(key) ? other : own}`);
    if (wrong.has(key)) {
      differences.add({ kind: other === undefined ? 'missing' : own === undefined ? 'extra' : 'different', what: key });
    }
  }
  const missing = new Set([...wrong].filter((key) => !stored.has(key)));
  if (applies && missing.size > 0) await append(context, { store, window, missing });
  return { signals: rebuilt.size, applied: applies ? missing.size : 0 };
}

/** Appends what is missing; appending it twice changes nothing. */
async function append(
  context: ProofContext,
  {
    store,
    window,
    missing,
  }: { readonly store: SignalStore; readonly window: TimeRange; readonly missing: ReadonlySet<string> },
): Promise<void> {
  let some: DiscreteSignal[] = [];
  for await (const signal of signalsOf(viewOf(context, await catalogueOf(context)), window)) {
    if (missing.has(keyOf(signal))) some.push(signal);
    if (some.length < pageMax) continue;
    await store.append(context.tenantId, some);
    some = [];
  }
  if (some.length > 0) await store.append(context.tenantId, some);
}

/** Undefined when there are more than fit. The first of each stays, as in the store. */
async function printsOfBronze(view: BronzeViewOptions, window: TimeRange, max: number): Promise<Prints | undefined> {
  const prints: Prints = new Map();
  for await (const signal of signalsOf(view, window)) {
    const key = keyOf(signal);
    if (!prints.has(key)) prints.set(key, printOf(signal));
    if (prints.size > max) return undefined;
  }
  return prints;
}

async function* signalsOf(
  view: BronzeViewOptions,
  { from, to }: TimeRange,
): AsyncGenerator<DiscreteSignal, void, undefined> {
  // Doors take nothing that lies further ahead than a day.
  const wants: BronzeViewOptions['wants'] = ({ content }) =>
    content.signals > 0 && content.appended.last >= from - dayMs;
  for await (const { record } of viewBronze({ ...view, wants })) {
    if (isSampleColumns(record.value)) continue;
    const decoded = decodeSignalRecord(record.value);
    if (!decoded.ok || decoded.value.kind !== 'signal') continue;
    const { signal } = decoded.value;
    if (signal.at >= from && signal.at < to) yield signal;
  }
}

async function printsOfStore(
  { tenantId, liveFirst }: ProofContext,
  store: SignalStore,
  { range, keeps }: { readonly range: TimeRange; readonly keeps: (key: string, at: number) => boolean },
): Promise<Prints> {
  const prints: Prints = new Map();
  for (let after: SignalPlace | undefined; ;) {
    const page = await store.find(tenantId, {}, range, { limit: pageMax, ...(after !== undefined && { after }) });
    for (const signal of page) {
      const key = keyOf(signal);
      if (keeps(key, signal.at)) prints.set(key, printOf(signal));
    }
    await liveFirst.giveWay();
    after = page.at(-1);
    if (page.length < pageMax || after === undefined) return prints;
  }
}

function keyOf({ kind, id, at, asset }: DiscreteSignal): string {
  return `${timeWords(at)} ${kind} ${id} of ${asset}`;
}

function printOf(signal: DiscreteSignal): string {
  return sha256Hex(canonicalJson(signal)).slice(0, 32);
}
