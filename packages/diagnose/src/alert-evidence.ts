import type { AlertFiring, AlertRecord, TopologyEdge } from './casefile.ts';
import { metricSemantics } from './metric-semantics.ts';

/** An alarm with its weight. */
export interface WeighedFiring {
  readonly firing: AlertFiring;
  /** -log10 of `chance`, less for alarms that came late or lasted already. */
  readonly decades: number;
  /** 0..1: share of stretches of the past in which this alarm fires there, as far as is known. */
  readonly chance: number;
}

/** What the alarms say of one asset. */
export interface AlertTrouble {
  readonly asset: string;
  /** How surprising its alarms are together, in decades (-log10 of a chance), weighted by how near the onset they began. */
  readonly decades: number;
  /** The alarms behind it, the weightiest first. */
  readonly firings: readonly WeighedFiring[];
}

/** Where alarms fire: how assets stand to each other, and what kind of thing each is (`host`, `service` ...). */
export interface AlertPlaces {
  readonly edges: readonly TopologyEdge[];
  readonly classes?: ReadonlyMap<string, string>;
}

/** Stretches of past that count as much as what is known of the alarm's name in general. */
const PRIOR_STRETCHES = 8;
/** Firings assumed of an alarm that never fired. */
const PRIOR_FIRINGS = 0.5;
/** An alarm that fires everywhere is spread over this many assets at least. */
const HOLDERS_MIN = 3;
/** Alarms that follow the first one within this count fully, later ones by a half-life. */
const TOGETHER_MS = 60_000;
const LATER_DECAY_MS = 200_000;
/** An alarm that fired in the stretches just before lasts from then, and counts so much less for each of these. */
const STALE_WEIGHT = 0.6;
const STALE_STRETCHES = 2;
/** Part of an alarm that goes to the other assets its text names. */
const MENTION_SHARE = 0.5;
/** Each further alarm of a family (processor, memory, log lines ...) tells less than the one before, and so does each family. */
const NEXT_IN_FAMILY = 0.5;
const IN_FAMILY_MAX = 12;
const NEXT_FAMILY = 0.8;
/** Alarms at several parts of a whole speak for the whole: so much more than at one part, at the third part's multiple at most. */
const WHOLE_GAIN = 1.3;
const WHOLE_PARTS = 3;
const WHOLE_LIMIT = 3;
/** Below this an asset is not helped by its rank being a rare one. */
const LAYER_FROM = 0.1;

/** Families of alarms: what several names say of one and the same thing. */
function familyOf(name: string): string {
  return name.startsWith('log ') ? 'log' : metricSemantics(name).metricClass;
}

/** Sum of values, the largest first, each weighing `next` times the one before. */
function fadingSum(values: readonly number[], next: number, countMax: number): number {
  return values
    .toSorted((a, b) => b - a)
    .slice(0, countMax)
    .reduce((sum, value, place) => sum + value * next ** place, 0);
}

type Families = Map<string, number>;

/**
 * Weighs every firing by its rarity: -log10 of the chance that this alarm fires at this asset in a stretch of the past
 * (Laplace's rule, with the name's rate at all assets as prior).
 */
function weighed({ firings, past }: AlertRecord): WeighedFiring[] {
  const keyOf = (one: { asset: string; name: string }): string => `${one.name}\u0000${one.asset}`;
  const seen = new Map<string, number>();
  const named = new Map<string, number>();
  const holders = new Map<string, Set<string>>();
  const hold = ({ asset, name }: { asset: string; name: string }): void => {
    const known = holders.get(name);
    if (known === undefined) holders.set(name, new Set([asset]));
    else known.add(asset);
  };
  const stretches = past.map(({ fromMs, firings: fired }) => {
    const keys = new Set(fired.map(keyOf));
    for (const key of keys) {
      const name = key.slice(0, key.indexOf('\u0000'));
      seen.set(key, (seen.get(key) ?? 0) + 1);
      named.set(name, (named.get(name) ?? 0) + 1);
    }
    fired.forEach(hold);
    return { fromMs, keys };
  });
  firings.forEach(hold);
  const beganMs = firings.reduce((first, { firstMs }) => Math.min(first, firstMs), Number.POSITIVE_INFINITY);
  const justBefore = stretches
    .filter(({ fromMs }) => fromMs < beganMs)
    .sort((a, b) => b.fromMs - a.fromMs)
    .slice(0, STALE_STRETCHES);
  const count = Math.max(1, past.length);
  return firings.map((firing) => {
    const key = keyOf(firing);
    const rate = (named.get(firing.name) ?? 0) / count / Math.max(HOLDERS_MIN, holders.get(firing.name)?.size ?? 0);
    const chance = ((seen.get(key) ?? 0) + PRIOR_STRETCHES * rate + PRIOR_FIRINGS) / (past.length + PRIOR_STRETCHES);
    const lateMs = Math.max(0, firing.firstMs - beganMs - TOGETHER_MS);
    const stale = justBefore.filter(({ keys }) => keys.has(key)).length;
    const decades = Math.max(0, -Math.log10(chance)) * Math.exp(-lateMs / LATER_DECAY_MS) * STALE_WEIGHT ** stale;
    return { firing, decades, chance };
  });
}

/** Parts of every whole. */
function partsOf(edges: readonly TopologyEdge[]): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  for (const { from, to, kind } of edges) {
    if (kind !== 'part-of') continue;
    const list = parts.get(to);
    if (list === undefined) parts.set(to, [from]);
    else if (!list.includes(from)) list.push(from);
  }
  return parts;
}

/**
 * Hosts, wholes and the rest are equally likely to be at fault as layers, so one of few hosts is likelier than one of many
 * services' parts: how many decades likelier than in the largest layer.
 */
function layerBonus({ edges, classes }: AlertPlaces, assets: readonly string[]): (asset: string) => number {
  const hosts = new Set([
    ...edges.flatMap(({ to, kind }) => (kind === 'runs-on' ? [to] : [])),
    ...[...(classes ?? [])].flatMap(([asset, assetClass]) => (assetClass === 'host' ? [asset] : [])),
  ]);
  const wholes = new Set(partsOf(edges).keys());
  const layerOf = (asset: string): string => (hosts.has(asset) ? 'host' : wholes.has(asset) ? 'whole' : 'part');
  const known = new Set([...hosts, ...assets, ...edges.flatMap(({ from, to }) => [from, to])]);
  const sizes = new Map<string, number>();
  for (const asset of known) sizes.set(layerOf(asset), (sizes.get(layerOf(asset)) ?? 0) + 1);
  const largest = Math.max(1, ...sizes.values());
  return (asset) => Math.log10(largest / (sizes.get(layerOf(asset)) ?? largest));
}

/**
 * What the alarms say of every asset: rare ones count, those near the first most, those that lasted already least. Alarms at
 * several parts are an alarm of their whole. Pure; the order of the lists does not matter.
 */
export function alertTroubles(record: AlertRecord, places: AlertPlaces): Map<string, AlertTrouble> {
  const { edges } = places;
  const all = weighed(record)
    .filter(({ decades }) => decades > 0)
    .sort(
      (a, b) =>
        b.decades - a.decades ||
        a.firing.firstMs - b.firing.firstMs ||
        (a.firing.asset + a.firing.name < b.firing.asset + b.firing.name ? -1 : 1),
    );
  const lists = new Map<string, Map<string, number[]>>();
  const behind = new Map<string, WeighedFiring[]>();
  for (const { firing, decades, chance } of all) {
    const { asset, name, mentions } = firing;
    const shares = new Map<string, number>([[asset, mentions.length > 0 ? 1 - MENTION_SHARE : 1]]);
    for (const other of mentions) shares.set(other, (shares.get(other) ?? 0) + MENTION_SHARE / mentions.length);
    for (const [place, share] of shares) {
      const families = lists.get(place) ?? new Map<string, number[]>();
      lists.set(place, families);
      const family = familyOf(name);
      families.set(family, [...(families.get(family) ?? []), decades * share]);
      const items = behind.get(place) ?? [];
      behind.set(place, items);
      items.push({ firing, decades: decades * share, chance });
    }
  }
  const families = new Map<string, Families>(
    [...lists].map(([asset, byFamily]) => [
      asset,
      new Map([...byFamily].map(([family, values]) => [family, fadingSum(values, NEXT_IN_FAMILY, IN_FAMILY_MAX)])),
    ]),
  );
  const wholes = new Map<string, Families>();
  for (const [whole, parts] of partsOf(edges)) {
    const sums: Families = new Map(families.get(whole));
    for (const family of new Set(parts.flatMap((part) => [...(families.get(part)?.keys() ?? [])]))) {
      const values = parts.map((part) => families.get(part)?.get(family) ?? 0).sort((a, b) => b - a);
      const [most = 0] = values;
      const shared = values[Math.min(WHOLE_PARTS, values.length) - 1] ?? 0;
      const gain = values.length > 1 ? WHOLE_GAIN * Math.min(most, WHOLE_LIMIT * shared) : 0;
      sums.set(family, (sums.get(family) ?? 0) + gain);
    }
    wholes.set(whole, sums);
    behind.set(
      whole,
      [whole, ...parts].flatMap((part) => behind.get(part) ?? []).sort((a, b) => b.decades - a.decades),
    );
  }
  for (const [whole, sums] of wholes) families.set(whole, sums);
  const bonusOf = layerBonus(places, [...families.keys()]);
  return new Map(
    [...families].map(([asset, byFamily]) => {
      const own = fadingSum([...byFamily.values()], NEXT_FAMILY, byFamily.size);
      const decades = own + bonusOf(asset) * Math.min(1, own / LAYER_FROM);
      return [asset, { asset, decades, firings: behind.get(asset) ?? [] }];
    }),
  );
}
