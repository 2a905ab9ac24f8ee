import { describe, expect, it } from 'vitest';
import { chunksOf } from './analyser.ts';
import { createChunkTable } from './chunk-table.ts';

/** The chunks that a table gives, with a number for each different one. */
function reader() {
  const seen: string[] = [];
  const table = createChunkTable((chunk) => {
    if (!seen.includes(chunk)) seen.push(chunk);
    return [seen.indexOf(chunk)];
  });
  return (text: string): readonly string[] => {
    table.read(text);
    const found: string[] = [];
    for (let numbers = table.next(); numbers !== undefined; numbers = table.next())
      found.push(seen[numbers[0] ?? -1] ?? '');
    return found;
  };
}

describe('a table of chunks', () => {
  it.each([
    '',
    '   ',
    'KubePodCrashLooping is at /var/log, v2.4.1 (again)',
    "it's user@host:8080 -x --y 4_5 a+b 'quoted'",
    `${'a'.repeat(300)} ${'-'.repeat(300)}b${'.'.repeat(10)}`,
    'über naïve 漏水 ascii',
    'tab\tand\u0000nul\nend',
    'x'.repeat(256) + '-y',
  ])('cuts as the analyser does (%#)', (text) => {
    expect(reader()(text)).toEqual(chunksOf(text));
  });

  it('cuts generated texts as the analyser does, also when it knows them and when it is full', () => {
    const read = reader();
    let state = 7;
    const next = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const letters = "ab1-./:@'+_ \n\té";
    for (let round = 0; round < 300; round += 1) {
      const text = Array.from({ length: next(200) }, () => letters[next(letters.length)] ?? '').join('');
      expect(read(text)).toEqual(chunksOf(text));
    }
    const many = createChunkTable((chunk) => [Number(chunk)]);
    for (let word = 0; word < 120_000; word += 1) {
      many.read(String(word));
      if (many.next()?.[0] !== word) throw new Error(`${word} became another word`);
    }
  });
});
