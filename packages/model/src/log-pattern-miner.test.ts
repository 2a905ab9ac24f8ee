import { expect, test } from 'vitest';
import { createLogPatternMiner } from './log-pattern-miner.ts';

test('lines that differ in their parameters share a pattern, and only the first is new', () => {
  const miner = createLogPatternMiner();
  const first = miner.observe('connection from 10.0.0.1 closed after 3 s');
  const second = miner.observe('connection from 10.0.0.2 closed after 40 s');
  expect(first.isNew).toBe(true);
  expect(second.isNew).toBe(false);
  expect(miner.pattern(second.id)).toEqual({
    id: first.id,
    template: 'connection from <address> closed after <duration>',
    lines: 2,
  });
});

test('few words at a place are states and stay apart; many are names and become a parameter', () => {
  const miner = createLogPatternMiner();
  const states = ['started', 'stopped', 'paused', 'resumed'].map((state) =>
    miner.observe(`machine 7 has ${state} as asked`),
  );
  expect(new Set(states.map(({ id }) => id)).size).toBe(4);

  const names = ['ann', 'bob', 'cyd', 'dan', 'eve', 'fay'].map((name) =>
    miner.observe(`${name} has logged in as usual`),
  );
  const grown = names.map(({ id }) => miner.pattern(id));
  expect(new Set(grown.map((pattern) => pattern?.id))).toEqual(new Set([names[5]?.id]));
  expect(grown[0]).toMatchObject({ template: '<word> has logged in as usual', lines: 6 });
  expect(names[5]?.isNew).toBe(false);
});

test('behind a word that announces a name three words are enough, and any number of names stays one pattern', () => {
  const miner = createLogPatternMiner();
  const mined = ['ann', 'bob', 'cyd'].map((name) => miner.observe(`session closed for user ${name}`));
  expect(miner.pattern(mined[2]?.id ?? '')?.template).toBe('session closed for user <word>');
  const further = Array.from({ length: 3000 }, (_, index) =>
    miner.observe(`session closed for user ${letters(index)}`),
  );
  expect(further.filter(({ isNew }) => isNew)).toEqual([]);
  expect(miner.size).toBe(1);
});

test('a place of differing kinds is shown as any', () => {
  const miner = createLogPatternMiner();
  miner.observe('peer 10.0.0.1 left');
  expect(miner.pattern(miner.observe('peer 17 left').id)?.template).toBe('peer <*> left');
});

test('memory is bounded: a forgotten pattern makes room, and comes back under its id', () => {
  const miner = createLogPatternMiner({ patternsMax: 3 });
  const mined = ['alpha', 'beta', 'gamma', 'delta'].map((word) => miner.observe(`${word} ${word} ${word}`));
  expect(miner.size).toBe(3);
  expect(miner.forgotten).toBe(1);
  expect(miner.pattern(mined[0]?.id ?? '')).toBeUndefined();
  expect(miner.observe('alpha alpha alpha')).toEqual({ id: mined[0]?.id, isNew: true });
  for (let line = 0; line < 2000; line += 1) miner.observe(`only ${letters(line)} of ${line}`);
  expect(miner.size).toBeLessThanOrEqual(3);
});

test('patterns that are seen once make room before those that come again and again', () => {
  const miner = createLogPatternMiner({ patternsMax: 50 });
  const steady = Array.from({ length: 20 }, (_, index) => `${letters(index)} is what we always say`);
  for (const line of [...steady, ...steady]) miner.observe(line);
  for (let line = 0; line < 500; line += 1) miner.observe(`${letters(line)} ${letters(line + 1)}`);
  expect(steady.filter((line) => miner.observe(line).isNew)).toEqual([]);
});

test('an id says what the pattern is, not when it was seen: any order of lines gives the same ids', () => {
  const lines = Array.from({ length: 500 }, (_, index) => `job ${letters(index % 8)} of user u${index} ended well`);
  const run = (some: readonly string[]) => {
    const miner = createLogPatternMiner();
    const ids = some.map((line) => miner.observe(line).id);
    return new Set(ids.map((id) => miner.pattern(id)?.id));
  };
  expect(run(lines.toReversed())).toEqual(run(lines));
});

test('a miner goes on where another left off, by what it had written down', () => {
  const line = (index: number): string =>
    index % 3 === 0
      ? `session closed for user ${letters(index)}`
      : `worker ${letters(index % 4)} is ready, took ${index} ms`;
  const whole = createLogPatternMiner();
  const before = createLogPatternMiner();
  for (let index = 0; index < 200; index += 1) before.observe(line(index));
  const after = createLogPatternMiner();
  after.load(JSON.parse(JSON.stringify(before.takeChanges().changed)));
  for (let index = 0; index < 200; index += 1) whole.observe(line(index));
  for (let index = 200; index < 400; index += 1) expect(after.observe(line(index))).toEqual(whole.observe(line(index)));
});

test('changes name what is new, has grown and has gone, once', () => {
  const miner = createLogPatternMiner();
  const [first] = ['ann', 'bob'].map((name) => miner.observe(`session closed for user ${name}`).id);
  expect(miner.takeChanges().changed).toHaveLength(2);
  expect(miner.takeChanges()).toEqual({ changed: [], gone: [] });
  const grown = miner.observe('session closed for user cyd').id;
  const { changed, gone } = miner.takeChanges();
  expect(changed.map(({ id, formerIds }) => [id, formerIds.length])).toEqual([[grown, 3]]);
  expect(gone).toContain(first);
});

/** A word of letters alone, another for each number. */
function letters(index: number): string {
  return Array.from(String(index), (digit) => 'abcdefghij'[Number(digit)] ?? '').join('');
}
