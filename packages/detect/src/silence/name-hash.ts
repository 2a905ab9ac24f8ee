/** FNV-1a (32 bit) over UTF-16 code units. */
export function nameHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * A name without the parts that tell copies of one thing apart, such as the hash and the number of a pod:
 * `cart-7d9f5b6c4-x2x8p` and `cart-1` both become `cart`; a name of nothing else stays as it is.
 */
export function nameStem(name: string): string {
  const words = name.split(/([-_.:/])/);
  while (words.length > 1 && isCopyMark(words.at(-1) ?? '')) words.splice(-2);
  return words.join('');
}

const isCopyMark = (word: string): boolean => /^\d+$/.test(word) || (/^[a-z0-9]{5,}$/.test(word) && /\d/.test(word));
