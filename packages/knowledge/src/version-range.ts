/** Version ranges as people write them for firmware and software. */

/** A version as numbers, then whether it is a pre-release; `2.4.0-rc1` is before `2.4.0`. */
interface Version {
  readonly numbers: readonly number[];
  readonly prerelease: string | undefined;
}

interface Comparator {
  readonly sign: '<' | '<=' | '>' | '>=' | '=';
  readonly version: Version;
}

/** Alternatives of comparators that must all hold. */
export interface VersionRange {
  readonly alternatives: readonly (readonly Comparator[])[];
}

const VERSION = /^v?(\d{1,9}(?:\.\d{1,9}){0,5})(?:[-+]?([a-z][\w.-]{0,40}))?$/i;
const PART = /^(<=|>=|<|>|=|\^|~)?\s*v?(\d{1,9}(?:\.\d{1,9}){0,5})((?:\.[x*]){1,3})?(?:-([a-z][\w.-]{0,40}))?$/i;
const RANGE_LENGTH_MAX = 200;

/**
 * Reads a range: comparators (`>=2.3 <2.4`), `2.3.x` and `2.3.*`, `^2.3` and `~2.3.1` as npm means them, `2.3 - 2.5` (both
 * inclusive), `a || b`, and a bare version, which means itself and what only extends it (`2.3` holds for 2.3.7, as in
 * manuals). `*` is any version. `undefined` when it is none of these.
 */
export function parseVersionRange(text: string): VersionRange | undefined {
  if (text.length > RANGE_LENGTH_MAX) return undefined;
  const alternatives: Comparator[][] = [];
  for (const alternative of text.split('||')) {
    const comparators = parseAlternative(alternative.trim());
    if (comparators === undefined) return undefined;
    alternatives.push(comparators);
  }
  return { alternatives };
}

/** Whether a version lies in a range; `undefined` when the version cannot be read. */
export function isInRange(versionText: string, range: VersionRange): boolean | undefined {
  const version = parseVersion(versionText);
  if (version === undefined) return undefined;
  return range.alternatives.some((comparators) => comparators.every((comparator) => holds(version, comparator)));
}

/**
 * Negative when, of two ranges that both hold for a version, `a` begins before `b`; 0 when they begin together. A range
 * without a beginning begins before all others.
 */
export function compareBeginnings(versionText: string, a: VersionRange, b: VersionRange): number {
  const [one, other] = [beginningFor(versionText, a), beginningFor(versionText, b)];
  if (one === undefined || other === undefined) return Number(one !== undefined) - Number(other !== undefined);
  return compare(one, other);
}

/** The latest lower bound of the alternatives that hold for a version. */
function beginningFor(versionText: string, { alternatives }: VersionRange): Version | undefined {
  const version = parseVersion(versionText);
  if (version === undefined) return undefined;
  const bounds = alternatives
    .filter((comparators) => comparators.every((comparator) => holds(version, comparator)))
    .flatMap((comparators) => comparators.filter(({ sign }) => sign !== '<' && sign !== '<='))
    .map((comparator) => comparator.version);
  return bounds.reduce<Version | undefined>(
    (latest, bound) => (latest === undefined || compare(bound, latest) > 0 ? bound : latest),
    undefined,
  );
}

/** Negative when `a` is older than `b`, 0 when they are the same; `undefined` when one cannot be read. */
export function compareVersions(a: string, b: string): number | undefined {
  const [one, other] = [parseVersion(a), parseVersion(b)];
  return one === undefined || other === undefined ? undefined : compare(one, other);
}

function parseVersion(text: string): Version | undefined {
  const [, numbers, prerelease] = VERSION.exec(text.trim()) ?? [];
  return numbers === undefined ? undefined : { numbers: numbersOf(numbers), prerelease: prerelease?.toLowerCase() };
}

function parseAlternative(text: string): Comparator[] | undefined {
  if (text === '*' || text === 'x') return [];
  if (text === '') return undefined;
  const [, from, to] = /^(\S+)\s+-\s+(\S+)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) {
    const [low, high] = [parseVersion(from), parseVersion(to)];
    return low && high && [{ sign: '>=', version: low }, upTo(high)];
  }
  const comparators: Comparator[] = [];
  for (const part of text.replace(/([<>=^~])\s+/g, '$1').split(/[\s,]+/)) {
    const read = parsePart(part);
    if (read === undefined) return undefined;
    comparators.push(...read);
  }
  return comparators;
}

function parsePart(part: string): Comparator[] | undefined {
  const [, sign, digits, wildcards, prerelease] = PART.exec(part) ?? [];
  if (digits === undefined) return undefined;
  const numbers = numbersOf(digits);
  const version: Version = { numbers, prerelease: prerelease?.toLowerCase() };
  const low: Comparator = { sign: '>=', version };
  if (sign === '^')
    return [
      low,
      below(
        numbers,
        Math.max(
          0,
          numbers.findIndex((number) => number > 0),
        ),
      ),
    ];
  if (sign === '~') return [low, below(numbers, Math.min(1, numbers.length - 1))];
  if (sign === '>=') return [{ sign, version }];
  // Pre-releases of 2.5 are 2.5's code: below 2.5 leaves them out.
  if (sign === '<') return [{ sign, version: { numbers, prerelease: version.prerelease ?? '' } }];
  // Above 2.3 means above all of 2.3, up to 2.3 means all of 2.3.
  if (sign === '>') return prerelease === undefined ? [notBefore(numbers)] : [{ sign, version }];
  if (sign === '<=') return prerelease === undefined ? [below(numbers, numbers.length - 1)] : [{ sign, version }];
  if (prerelease !== undefined) return [{ sign: '=', version }];
  if (sign === '=' && wildcards === undefined && numbers.length >= 3) return [{ sign: '=', version }];
  return [low, below(numbers, numbers.length - 1)];
}

/** Everything up to and with a version and what extends it. */
function upTo({ numbers, prerelease }: Version): Comparator {
  return prerelease === undefined
    ? below(numbers, numbers.length - 1)
    : { sign: '<=', version: { numbers, prerelease } };
}

/** Below the version whose number at `place` is one higher. Its pre-releases belong to it and not to what is below. */
function below(numbers: readonly number[], place: number): Comparator {
  return { sign: '<', version: { numbers: raised(numbers, place), prerelease: '' } };
}

function notBefore(numbers: readonly number[]): Comparator {
  return { sign: '>=', version: { numbers: raised(numbers, numbers.length - 1), prerelease: undefined } };
}

function raised(numbers: readonly number[], place: number): number[] {
  return numbers.slice(0, place + 1).map((number, at) => (at === place ? number + 1 : number));
}

function numbersOf(digits: string): number[] {
  return digits.split('.').map(Number);
}

function holds(version: Version, comparator: Comparator): boolean {
  const order = compare(version, comparator.version);
  switch (comparator.sign) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '=':
      return order === 0;
  }
}

function compare(a: Version, b: Version): number {
  for (let at = 0; at < Math.max(a.numbers.length, b.numbers.length); at++) {
    const difference = (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === undefined) return 1;
  if (b.prerelease === undefined) return -1;
  return a.prerelease.localeCompare(b.prerelease, 'en', { numeric: true });
}
