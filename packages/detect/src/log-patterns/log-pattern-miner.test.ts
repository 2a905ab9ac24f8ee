import { expect, test } from 'vitest';
import { createLogPatternMiner } from './log-pattern-miner.ts';

test('lines that differ in their parameters share a pattern, and only the first is new', () => {
  const miner = createLogPatternMiner();
  const first = miner.observe('connection from 10.0.0.1 closed after 3 s');
  const second = miner.observe('connection from 10.0.0.2 closed after 40 s');
  expect(first.isNew).toBe(true);
  expect(second.isNew).toBe(false);
  expect(second.pattern).toEqual({
    id: first.pattern.id,
    template: 'connection from <address> closed after <duration>',
    lines: 2,
  });
});

test('few words at a place are states and stay apart; many are names and become a parameter', () => {
  const miner = createLogPatternMiner();
  const states = ['started', 'stopped', 'paused', 'resumed'].map((state) =>
    miner.observe(`machine 7 has ${state} as asked`),
  );
  expect(new Set(states.map(({ pattern }) => pattern.id)).size).toBe(4);

  const names = ['ann', 'bob', 'cyd', 'dan', 'eve', 'fay'].map((name) =>
    miner.observe(`${name} has logged in as usual`),
  );
  const grown = names.map(({ pattern }) => miner.pattern(pattern.id));
  expect(new Set(grown.map((pattern) => pattern?.id))).toEqual(new Set([names[0]?.pattern.id]));
  expect(grown[0]).toMatchObject({ template: '<word> has logged in as usual', lines: 6 });
  expect(names[5]?.isNew).toBe(false);
});

test('behind a word that announces a name three words are enough', () => {
  const miner = createLogPatternMiner();
  const mined = ['ann', 'bob', 'cyd'].map((name) => miner.observe(`session closed for user ${name}`));
  expect(miner.pattern(mined[2]?.pattern.id ?? '')?.template).toBe('session closed for user <word>');
  expect(miner.observe('session closed for user dan').isNew).toBe(false);
  expect(miner.patterns().length).toBe(1);
});

test('a place of differing kinds is shown as any', () => {
  const miner = createLogPatternMiner();
  miner.observe('peer 10.0.0.1 left');
  expect(miner.observe('peer 17 left').pattern.template).toBe('peer <*> left');
});

test('memory is bounded: the pattern that was seen longest ago makes room, and comes back as a new one', () => {
  const miner = createLogPatternMiner({ patternsMax: 3 });
  const words = ['alpha', 'beta', 'gamma', 'delta'];
  const mined = words.map((word) => miner.observe(`${word} ${word} ${word}`));
  expect(miner.patterns().length).toBe(3);
  expect(miner.pattern(mined[0]?.pattern.id ?? '')).toBeUndefined();
  expect(miner.observe('alpha alpha alpha').isNew).toBe(true);
  for (let line = 0; line < 2000; line += 1) miner.observe(`only ${'x'.repeat(1 + (line % 7))} of ${line}`);
  expect(miner.patterns().length).toBeLessThanOrEqual(3);
});

test('the same lines give the same patterns with the same ids', () => {
  const lines = Array.from(
    { length: 500 },
    (_, index) => `job ${'abcdefgh'[index % 8] ?? ''} of user u${index} ended well`,
  );
  const run = () => {
    const miner = createLogPatternMiner();
    return lines.map((line) => miner.observe(line).pattern.id);
  };
  expect(run()).toEqual(run());
});
