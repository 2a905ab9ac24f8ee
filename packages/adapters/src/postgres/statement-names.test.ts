import { expect, test } from 'vitest';
import { createStatementNames, type StatementNames } from './statement-names.ts';

const often = 50;

function lastOf(names: StatementNames, text: string, times = often): string | undefined {
  let last: string | undefined;
  for (let time = 0; time < times; time += 1) last = names.nameOf(text);
  return last;
}

test('a statement that comes again and again has a name of its own, and one that comes now and then has none', () => {
  const names = createStatementNames();
  expect(lastOf(names, 'select 1', 3)).toBeUndefined();
  const [one, two] = [lastOf(names, 'select 1'), lastOf(names, 'select 2')];
  expect(one).toBeDefined();
  expect(two).toBeDefined();
  expect(two).not.toBe(one);
  expect(names.nameOf('select 1')).toBe(one);
});

test('names are bounded: the first statements keep theirs, later ones stay without', () => {
  const names = createStatementNames();
  const first = lastOf(names, 'select 0');
  const given = new Set(Array.from({ length: 1000 }, (_, index) => lastOf(names, `select ${index}`)));
  given.delete(undefined);
  expect(given.size).toBe(64);
  expect(names.nameOf('select 0')).toBe(first);
  expect(lastOf(names, 'select 999')).toBeUndefined();
});

test('statements that come by turns in great number are no frequent ones', () => {
  const names = createStatementNames();
  for (let round = 0; round < often; round += 1)
    for (let index = 0; index < 2000; index += 1) expect(names.nameOf(`select ${index}`)).toBeUndefined();
});

test('a statement that takes all columns has no name, because a newer version of the program may add one', () => {
  const names = createStatementNames();
  for (const text of ['select * from "tenant"', 'select "a".* from "a"', 'insert into "a" values ($1) returning *'])
    expect(lastOf(names, text)).toBeUndefined();
  expect(lastOf(names, 'select count(*) from "a"')).toBeDefined();
});
