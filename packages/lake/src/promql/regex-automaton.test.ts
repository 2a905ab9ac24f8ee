import { describe, expect, it } from 'vitest';
import { compileRegex } from './regex-automaton.ts';

const patterns = [
  'a|bc|',
  '(10[.]0[.]0[.]1|10[.]0[.]0[.]2):.*',
  'web-\\d+',
  '[^a-c]x?',
  '[\\w.-]+@x',
  'a{2,3}b{2}c{0,}',
  '(?:ab|a)(?:bc|c)?',
  'a.c',
  '^abc$',
  '(a*)*b',
  'x{y',
  '\\.\\*\\s',
  '.+?z',
  '',
];
const texts = [
  '',
  ...['a', 'bc', 'b', '10.0.0.1:9100', '10.0.0.2:', '10.0.0.3:9', 'web-17', 'web-', 'zx', 'ax', 'z', ']a-', 'a.b@x'],
  ...['aabb', 'aaabbccc', 'aaaabb', 'abc', 'ac', 'abbc', 'a\nc', 'aaab', 'x{y', '.* ', 'yz', 'ü', '😀x'],
];

describe('a regular expression', () => {
  it.each(patterns)('%s matches whole texts as JavaScript and RE2 agree', (pattern) => {
    // In PromQL a dot stands for a line feed too.
    const expected = new RegExp(`^(?:${pattern})$`, pattern === 'x{y' ? 's' : 'su');
    const test = compileRegex(pattern);
    expect(texts.filter((text) => test(text))).toEqual(texts.filter((text) => expected.test(text)));
  });

  it.each([
    ['(?i)ab[c-e]', ['ABD', 'abc', 'aBE'], ['abf', 'abC1']],
    ['a(?i:b)c', ['aBc', 'abc'], ['Abc', 'abC']],
    ['(?-s)a.b', ['axb'], ['a\nb']],
    ['[[:alpha:]_]+[^[:digit:]]', ['ab_c', 'a-'], ['a1', '1-']],
    ['(^a|b$)c?', ['a', 'ac', 'b'], ['bc', 'ab']],
    ['\\Aab\\z', ['ab'], ['abc']],
    ['\\x41\\x{1F600}', ['A😀'], ['A']],
    ['(?P<name>x)y', ['xy'], ['x']],
    ['$|^', [''], ['a']],
  ])('%s is read as RE2 reads it', (pattern, matching, others) => {
    const test = compileRegex(pattern);
    expect(matching.filter((text) => !test(text))).toEqual([]);
    expect(others.filter((text) => test(text))).toEqual([]);
  });

  it('may begin a class with the bracket that would end it', () => {
    const test = compileRegex('[]a-]+');
    expect([']a-', 'a', '', 'b'].map((text) => test(text))).toEqual([true, true, false, false]);
  });

  it.each(['(a*)*$', '(.*)*x', '(a|aa)+b', '(x+x+)+y'])(
    '%s takes no longer for text that nearly matches',
    (pattern) => {
      const test = compileRegex(pattern);
      // A backtracking engine would try more ways than there are atoms.
      for (const letter of ['a', 'x']) expect(test(letter.repeat(1000).concat('!'))).toBe(false);
    },
  );

  it('may be a choice of a thousand hosts', () => {
    const hosts = Array.from({ length: 1000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    const test = compileRegex(`(${hosts.map((host) => host.replaceAll('.', '[.]')).join('|')}):.*`);
    for (const host of hosts) expect(test(`${host}:9100`)).toBe(true);
    for (const text of ['10.0.4.0:9100', '10x0.0.1:9100', '10.0.0.1', '', '210.0.0.1:1'])
      expect(test(text)).toBe(false);
  });

  it('remembers no more than its bound over many texts, and stays right', () => {
    const test = compileRegex('.*(a|b).{12}');
    for (let seed = 1; seed < 400; seed += 1) {
      const text = Array.from(
        { length: 60 },
        (_, index) => 'abc'[((seed * (index + 7) * 31) % 3) ^ ((index * seed) % 2)] ?? 'c',
      ).join('');
      expect(test(text)).toBe(/^.*(a|b).{12}$/u.test(text));
    }
  });

  it.each([
    '(?=a)',
    '\\1',
    '\\bx',
    'a(',
    'a)',
    '[a',
    '(?m)a',
    '(?<!a)b',
    '[[:nothing:]]',
    '\\x{110000}',
    '[z-a]',
    '*a',
    'a**',
    'a{2}{3}',
    'a{1001}',
    'a{3,2}',
    '\\',
    '(a{1000}){1000}',
    '('.repeat(200) + ')'.repeat(200),
  ])('%s is refused', (pattern) => {
    expect(() => compileRegex(pattern)).toThrow(expect.objectContaining({ code: 'invalid-request', field: 'query' }));
  });
});
