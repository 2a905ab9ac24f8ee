import { expect, test } from 'vitest';
import { logParametersOf, logWordsOf } from './log-words.ts';

const written = (line: string): string =>
  logWordsOf(line)
    .map(({ text, kind }) => (kind === undefined ? text : `<${kind}>`))
    .join(' ');

test.each([
  ['connect from 10.1.2.3:443 refused', 'connect from <address> refused'],
  ['took 12.5 ms for 3 KB', 'took <duration> for <size>'],
  ['read /var/log/syslog failed', 'read <path> failed'],
  ['loaded C:\\Windows\\core.dll today', 'loaded <path> today'],
  ['see https://example.org/a?b=1 now', 'see <url> now'],
  ['started at Sat Jul 9 22:53:19 2005 again', 'started at <date> again'],
  ['at 2026-01-31T12:00:00Z stopped', 'at <date> stopped'],
  ['block blk_38865049064139660 of 7 lost', 'block <id> of <number> lost'],
  ['class org.apache.Foo.Bar loaded', 'class <name> loaded'],
  ['uid=0 user=root', 'uid= <number> user= root'],
  ['power on: true', 'power on true'],
])('the words of "%s" are "%s"', (line, words) => {
  expect(written(line)).toBe(words);
});

test('neighbouring parameters are one, so that lists of any length are alike', () => {
  expect(written('values 1, 2, 3 done')).toBe('values <number> done');
  expect(written('values 1 done')).toBe('values <number> done');
});

test('a very long line is read in part, and an empty one has no words', () => {
  expect(logWordsOf('word '.repeat(100_000)).length).toBe(250);
  expect(logWordsOf('')).toEqual([]);
});

test('parameters are where they stand in the line', () => {
  const line = 'connect from 10.1.2.3:443, user=u17 took 12.5 ms; values 1, 2, 3 in /var/log';
  expect(logParametersOf(line).map(({ from, to, kind }) => [line.slice(from, to), kind])).toEqual([
    ['10.1.2.3:443', 'address'],
    ['u17', 'id'],
    ['12.5 ms', 'duration'],
    ['1, 2, 3', 'number'],
    ['/var/log', 'path'],
  ]);
});
