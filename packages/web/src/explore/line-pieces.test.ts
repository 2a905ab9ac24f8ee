import { expect, test } from 'vitest';
import { linePieces } from './line-pieces.ts';

const line = 'peer 10.0.0.1 left after 3 s';
const parameters = [
  { from: 5, to: 13, kind: 'address' },
  { from: 25, to: 28, kind: 'duration' },
];

test('a line is cut at its parameters, and nothing of it is lost', () => {
  const pieces = linePieces(line, { parameters, part: undefined });
  expect(pieces.map(({ text, kind }) => [text, kind])).toEqual([
    ['peer ', undefined],
    ['10.0.0.1', 'address'],
    [' left after ', undefined],
    ['3 s', 'duration'],
  ]);
  expect(pieces.map(({ text }) => text).join('')).toBe(line);
});

test('what was searched for is marked across parameters, whatever its case', () => {
  const pieces = linePieces(line, { parameters, part: '0.1 LEFT' });
  expect(pieces.filter(({ isFound }) => isFound).map(({ text }) => text)).toEqual(['0.1', ' left']);
  expect(linePieces(line, { parameters: [], part: 'nothing' })).toHaveLength(1);
});

test('parameters beyond a cut line are left out, and an empty line has no pieces', () => {
  expect(linePieces('peer 10', { parameters, part: undefined }).map(({ text }) => text)).toEqual(['peer ', '10']);
  expect(linePieces('', { parameters: [], part: undefined })).toEqual([]);
});
