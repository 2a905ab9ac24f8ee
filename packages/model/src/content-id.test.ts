import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { contentId, sha256Hex } from './content-id.ts';

/** The definition: part by part, each behind its length. */
function byDefinition(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 32);
}

it.each([
  [['series', 'acme', 'requests', 'web-1', '[["zone","a"]]']],
  [['ab', 'c']],
  [['a', 'bc']],
  [['', '', '']],
  [['é\0', '😀', '5:x']],
  // Halves of a character that stand side by side are not that character.
  [['\ud83d', '\ude00']],
  [[]],
])('an id is the hash of its parts and their lengths: %j', (parts) => {
  expect(contentId(...parts)).toBe(byDefinition(...parts));
});

it('an id never changes, because it is stored', () => {
  expect(contentId('series', 'acme', 'requests')).toBe('4b99c2be6407d411699916b44da06e4f');
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256Hex(Buffer.from('abc'))).toBe(sha256Hex('abc'));
});
