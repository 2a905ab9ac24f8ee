/** The words of a question or name in lower case: letters, digits and nothing else, camel case parted. */
export function wordsOf(text: string): readonly string[] {
  return text
    .normalize('NFKC')
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const emptyWords = new Set(
  (
    'a an and any are as at be been but by can could did do does for from had has have how i if in into is it its just me my no not now of off ' +
    'on or our out over please s should show so some t tell than that the their them then there these they this to up us was we were ' +
    'what when where which who why will with would you your am'
  ).split(' '),
);

/** The words that carry meaning, each once. */
export function contentWordsOf(text: string): readonly string[] {
  return [...new Set(wordsOf(text).filter((word) => !emptyWords.has(word)))];
}
