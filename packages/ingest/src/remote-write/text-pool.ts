/** Gives equal texts as one: a hundred thousand series are made of a few thousand words. */
export type TextPool = (text: string) => string;

/** A pool of at most `textsMax` texts; it starts over when it is full. */
export function createTextPool(textsMax: number): TextPool {
  const texts = new Map<string, string>();
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size >= textsMax) texts.clear();
    texts.set(text, text);
    return text;
  };
}
