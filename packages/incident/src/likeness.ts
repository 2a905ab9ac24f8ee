import type { Alert, AssetId } from '@heliosiq/model';

/** Labels that one incident remembers of its members. */
export const traitsMax = 64;
const valuesPerNameMax = 16;
const valueLengthMax = 200;

/** Labels that name what is in trouble. */
const subjectNames: ReadonlySet<string> = new Set([
  ...['service', 'service_name', 'app', 'application', 'component', 'deployment', 'statefulset', 'daemonset'],
  ...['host', 'hostname', 'node', 'instance', 'pod', 'device', 'database', 'topic', 'queue'],
]);

/** Labels whose equality alone says that it is one trouble. */
const ownNames: ReadonlySet<string> = new Set([
  ...['service', 'service_name', 'app', 'application', 'deployment', 'statefulset', 'daemonset'],
  ...['trace_id', 'traceId', 'correlation_id', 'group_key', 'incident_key'],
]);

/** Labels that bound where it happens. */
const scopeNames: ReadonlySet<string> = new Set(['cluster', 'namespace', 'node', 'rack', 'zone', 'site', 'datacenter']);

/** Labels that say nothing about what is in trouble. */
const emptyNames: ReadonlySet<string> = new Set([
  'prometheus',
  'prometheus_replica',
  'replica',
  'receiver',
  'endpoint',
]);

const ownPoints = 1;
const scopePoints = 0.5;
const furtherScopePoints = 0.2;
const textPoints = 0.6;
const otherOwnPoints = -0.1;

/** From how many points on two things are one trouble where no topology connects them, and where it knows both as far apart. */
export const likenessMin = { unknown: 0.99, apart: 1.49 } as const;

/** How alike something is to an incident, with the reasons that count. */
export interface Likeness {
  readonly points: number;
  readonly reasons: readonly string[];
}

/** What can be compared with an incident. */
export interface Comparable {
  readonly asset: AssetId;
  readonly labels: Readonly<Record<string, string>>;
  /** As `wordsOf` makes them; absent for what has no words of its own. */
  readonly words?: string;
}

/** What an incident is compared by. */
export interface Compared {
  readonly assets: readonly AssetId[];
  readonly traits: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
}

/**
 * Points for labels and words in common. A label that names an affected asset, or one service in common: 1. The same
 * place, such as a cluster: 0.5, and 0.2 for a second one. Equal words but for names and numbers: 0.6. A service that is
 * another one than the incident's: -0.1. So equal words alone never join, equal words in one place do, as Alertmanager
 * groups by `alertname` and `cluster`.
 */
export function likenessOf(one: Comparable, incident: Compared): Likeness {
  const reasons: string[] = [];
  let points = 0;
  const named = namedAsset(one, incident);
  if (named !== undefined) {
    points += ownPoints;
    reasons.push(named);
  } else {
    const own = entriesIn(one, ownNames);
    const shared = own.find(([name, value]) => incident.traits.has(`${name}=${value}`));
    if (shared !== undefined) {
      points += ownPoints;
      reasons.push(`both have ${shared[0]}=${shared[1]}`);
    } else if (own.some(([name]) => hasTrait(incident, name))) points += otherOwnPoints;
  }
  const places = entriesIn(one, scopeNames).filter(([name, value]) => incident.traits.has(`${name}=${value}`));
  if (places.length > 0) {
    points += scopePoints + (places.length > 1 ? furtherScopePoints : 0);
    reasons.push(`both have ${places.map(([name, value]) => `${name}=${value}`).join(' and ')}`);
  }
  const likeWords = one.words === undefined ? 0 : bestLikeness(one.words, incident.words);
  if (likeWords >= 0.6) {
    points += textPoints * likeWords;
    reasons.push(likeWords === 1 ? 'they say the same' : 'they say nearly the same');
  }
  return { points, reasons };
}

/** Remembers labels of a member, as many as there is room for; `severity` and what names nothing is left out. */
export function addTraits(traits: Set<string>, labels: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(labels)) {
    if (traits.size >= traitsMax) return;
    const value = labels[name] ?? '';
    if (emptyNames.has(name) || value === '' || value.length > valueLengthMax) continue;
    const trait = `${name}=${value}`;
    if (traits.has(trait)) continue;
    let known = 0;
    for (const other of traits) if (other.startsWith(`${name}=`)) known += 1;
    if (known < valuesPerNameMax) traits.add(trait);
  }
}

/** The words of an alert without the name of its asset and without numbers, each once, in order. */
export function wordsOf({ title, asset }: Pick<Alert, 'title' | 'asset'>): string {
  const plain = withoutName(title.toLowerCase(), asset.toLowerCase());
  const words = plain.split(/[^\p{L}]+/u).filter((word) => word.length > 1);
  return [...new Set(words)].sort().join(' ');
}

/** Only a whole name is one: an asset called `a` is not in every word. */
function withoutName(text: string, name: string): string {
  let plain = '';
  let keptTo = 0;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (at < keptTo || isLetterBefore(text, at) || isLetterAt(text, at + name.length)) continue;
    plain += `${text.slice(keptTo, at)} `;
    keptTo = at + name.length;
  }
  return plain + text.slice(keptTo);
}

/** A digit counts as one too. */
function isLetterAt(text: string, at: number): boolean {
  return /^[\p{L}\p{N}]/u.test(text.slice(at, at + 2));
}

function isLetterBefore(text: string, at: number): boolean {
  return /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at));
}

function namedAsset({ asset, labels }: Comparable, { assets, traits }: Compared): string | undefined {
  for (const [name, value] of Object.entries(labels)) {
    if (!subjectNames.has(name)) continue;
    const bare = value.replace(/:\d+$/, '').toLowerCase();
    const named = assets.find((candidate) => candidate.toLowerCase() === bare);
    if (named !== undefined && named !== asset) return `its label ${name} names ${named}`;
  }
  for (const trait of traits) {
    const at = trait.indexOf('=');
    if (trait.length !== at + 1 + asset.length || !subjectNames.has(trait.slice(0, at))) continue;
    if (trait.slice(at + 1).toLowerCase() === asset.toLowerCase()) return `a member has ${trait}`;
  }
  return undefined;
}

function entriesIn({ labels }: Comparable, names: ReadonlySet<string>): readonly (readonly [string, string])[] {
  return Object.entries(labels).filter(([name, value]) => names.has(name) && value !== '');
}

function hasTrait({ traits }: Compared, name: string): boolean {
  for (const trait of traits) if (trait.startsWith(`${name}=`)) return true;
  return false;
}

/** Dice coefficient of the words in common, of the best of several texts. */
function bestLikeness(words: string, others: ReadonlySet<string>): number {
  if (words === '') return 0;
  if (others.has(words)) return 1;
  const own = new Set(words.split(' '));
  let best = 0;
  for (const text of others) {
    const other = text.split(' ');
    const common = other.filter((word) => own.has(word)).length;
    best = Math.max(best, (2 * common) / (own.size + other.length));
  }
  return best;
}
