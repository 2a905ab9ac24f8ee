/**
 * An English stemmer: brings the forms of a word (`restart`, `restarts`, `restarting`) to one stem, so that they find each other.
 *
 * The rules are those of the English ("Porter2") algorithm, https://snowballstem.org/algorithms/english/stemmer.html.
 */

const VOWELS = new Set(['a', 'e', 'i', 'o', 'u', 'y']);
const DOUBLES = new Set(['bb', 'dd', 'ff', 'gg', 'mm', 'nn', 'pp', 'rr', 'tt']);
const LI_PRECEDERS = new Set('cdeghkmnrt');

/** Words whose stem the rules would get wrong, with the stem they get. */
const IRREGULAR: ReadonlyMap<string, string> = new Map(
  Object.entries({
    skis: 'ski',
    skies: 'sky',
    dying: 'die',
    lying: 'lie',
    tying: 'tie',
    idly: 'idl',
    gently: 'gentl',
    ugly: 'ugli',
    early: 'earli',
    only: 'onli',
    singly: 'singl',
    sky: 'sky',
    news: 'news',
    howe: 'howe',
    atlas: 'atlas',
    cosmos: 'cosmos',
    bias: 'bias',
    andes: 'andes',
  }),
);

/** Words that are left as they are once their plural ending is gone. */
const FINISHED_AFTER_PLURAL = new Set([
  'inning',
  'outing',
  'canning',
  'herring',
  'earring',
  'proceed',
  'exceed',
  'succeed',
]);

type Rule = readonly [suffix: string, replacement: string];

// Longest suffix first: the first that matches decides, also when its condition then fails.
const STEP_2: readonly Rule[] = [
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['iveness', 'ive'],
  ['ization', 'ize'],
  ['ousness', 'ous'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['tional', 'tion'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ation', 'ate'],
  ['entli', 'ent'],
  ['fulli', 'ful'],
  ['iviti', 'ive'],
  ['ousli', 'ous'],
  ['abli', 'able'],
  ['alli', 'al'],
  ['anci', 'ance'],
  ['ator', 'ate'],
  ['enci', 'ence'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['ogi', 'og'],
  ['li', ''],
];

const STEP_3: readonly Rule[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['ative', ''],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
];

const STEP_4 = [
  'ement',
  'able',
  'ance',
  'ence',
  'ible',
  'ment',
  'ant',
  'ate',
  'ent',
  'ion',
  'ism',
  'iti',
  'ive',
  'ize',
  'ous',
  'al',
  'er',
  'ic',
] as const;

/** The stem of one lower-case English word; other input (digits, other scripts, two letters or fewer) comes back unchanged. */
export function stemEnglish(input: string): string {
  if (input.length <= 2 || !/^[a-z']+$/.test(input)) return input;
  const irregular = IRREGULAR.get(input);
  if (irregular !== undefined) return irregular;

  let word = markConsonantY(input.startsWith("'") ? input.slice(1) : input).replace(/'s'$|'s$|'$/, '');
  const regionOne = firstRegion(word);
  const regionTwo = regionAfter(word, regionOne);

  word = dropPlural(word);
  if (FINISHED_AFTER_PLURAL.has(word)) return word;
  word = dropVerbEnding(word, regionOne);
  word = yToI(word);
  word = applyStepTwo(word, regionOne);
  word = applyStepThree(word, regionOne, regionTwo);
  word = applyStepFour(word, regionTwo);
  word = dropFinalLetter(word, regionOne, regionTwo);
  return word.toLowerCase();
}

function isVowel(word: string, index: number): boolean {
  return VOWELS.has(word.charAt(index));
}

function containsVowel(text: string): boolean {
  return /[aeiouy]/.test(text);
}

/** A `y` at the start or after a vowel acts as a consonant; it is written `Y` while the rules run. */
function markConsonantY(word: string): string {
  return word.replace(/^y/, 'Y').replace(/([aeiouy])y/g, '$1Y');
}

function firstRegion(word: string): number {
  const prefix = /^(?:gener|commun|arsen)/.exec(word);
  return prefix ? prefix[0].length : regionAfter(word, 0);
}

/** The index behind the first consonant that follows a vowel, looking from `from`. */
function regionAfter(word: string, from: number): number {
  for (let index = from + 1; index < word.length; index++) {
    if (!isVowel(word, index) && isVowel(word, index - 1)) return index + 1;
  }
  return word.length;
}

function endsInShortSyllable(word: string): boolean {
  const last = word.length - 1;
  if (last === 1) return isVowel(word, 0) && !isVowel(word, 1);
  return (
    last >= 2 && !isVowel(word, last) && !/[wxY]$/.test(word) && isVowel(word, last - 1) && !isVowel(word, last - 2)
  );
}

function dropPlural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (/ie[ds]$/.test(word)) return word.slice(0, word.length > 4 ? -2 : -1);
  if (/[us]s$/.test(word)) return word;
  if (word.endsWith('s') && containsVowel(word.slice(0, -2))) return word.slice(0, -1);
  return word;
}

function dropVerbEnding(word: string, regionOne: number): string {
  const agreed = /eed(?:ly)?$/.exec(word);
  if (agreed) return agreed.index >= regionOne ? `${word.slice(0, agreed.index)}ee` : word;
  const ending = /(?:ingly|edly|ing|ed)$/.exec(word);
  if (!ending) return word;
  const rest = word.slice(0, ending.index);
  if (!containsVowel(rest)) return word;
  if (/(?:at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (DOUBLES.has(rest.slice(-2))) return rest.slice(0, -1);
  return regionOne >= rest.length && endsInShortSyllable(rest) ? `${rest}e` : rest;
}

function yToI(word: string): string {
  const last = word.length - 1;
  return last >= 2 && /[yY]$/.test(word) && !isVowel(word, last - 1) ? `${word.slice(0, -1)}i` : word;
}

function applyStepTwo(word: string, regionOne: number): string {
  for (const [suffix, replacement] of STEP_2) {
    if (!word.endsWith(suffix)) continue;
    const at = word.length - suffix.length;
    const before = word.charAt(at - 1);
    if (at < regionOne) return word;
    if (suffix === 'ogi' && before !== 'l') return word;
    if (suffix === 'li' && !LI_PRECEDERS.has(before)) return word;
    return word.slice(0, at) + replacement;
  }
  return word;
}

function applyStepThree(word: string, regionOne: number, regionTwo: number): string {
  for (const [suffix, replacement] of STEP_3) {
    if (!word.endsWith(suffix)) continue;
    const at = word.length - suffix.length;
    return at < (suffix === 'ative' ? regionTwo : regionOne) ? word : word.slice(0, at) + replacement;
  }
  return word;
}

function applyStepFour(word: string, regionTwo: number): string {
  for (const suffix of STEP_4) {
    if (!word.endsWith(suffix)) continue;
    const at = word.length - suffix.length;
    if (at < regionTwo) return word;
    return suffix === 'ion' && !/[st]$/.test(word.slice(0, at)) ? word : word.slice(0, at);
  }
  return word;
}

function dropFinalLetter(word: string, regionOne: number, regionTwo: number): string {
  const last = word.length - 1;
  if (word.endsWith('e')) {
    const rest = word.slice(0, -1);
    return last >= regionTwo || (last >= regionOne && !endsInShortSyllable(rest)) ? rest : word;
  }
  return word.endsWith('ll') && last >= regionTwo ? word.slice(0, -1) : word;
}
