import { expect, test } from 'vitest';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';

test.each([
  [[], '{}'],
  [['a'], '{"a"}'],
  [['', 'b'], '{"","b"}'],
  [[null, 'a', null, null, 'b'], '{null,"a",null,null,"b"}'],
  [['a', null], '{"a",null}'],
  [['say "yes"', String.raw`back\slash`, 'null', '{1,2}'], String.raw`{"say \"yes\"","back\\slash","null","{1,2}"}`],
])('%j becomes %s', (values, literal) => {
  expect(textArrayLiteral(values)).toBe(literal);
});

test('numbers and truths need no quotes', () => {
  expect(arrayLiteral([1, 2.5, true, null])).toBe('{1,2.5,true,null}');
});
