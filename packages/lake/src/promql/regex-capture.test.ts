import { describe, expect, it } from 'vitest';
import { compileCapture } from './regex-capture.ts';

describe('a template', () => {
  it.each([
    ['(.*):(.*)', 'web-1:9100', '$1', 'web-1'],
    ['(.*):(.*)', 'web-1:9100', '$2-$1', '9100-web-1'],
    ['(.*):(.*)', 'web-1:9100', '${1}x', 'web-1x'],
    ['(.*):(.*)', 'web-1:9100', '$1x', ''],
    ['(.*):(.*)', 'web-1:9100', '$0 costs $$5', 'web-1:9100 costs $5'],
    ['(.*):(.*)', 'web-1:9100', '$', '$'],
    ['(.*):(.*)', 'web-1:9100', '$3', ''],
    ['(?P<host>[^:]+):(?<port>\\d+)', 'web-1:9100', '${port}@$host', '9100@web-1'],
    ['a(b)?c', 'ac', '[$1]', '[]'],
    ['(a+?)(a*)', 'aaa', '$1|$2', 'a|aa'],
    ['(a+)(a*)', 'aaa', '$1|$2', 'aaa|'],
    ['(?U)(a+)(a*)', 'aaa', '$1|$2', 'a|aa'],
    ['(a|ab)(c|bcd)(d*)', 'abcd', '$1|$2|$3', 'a|bcd|'],
    ['(?:x|(y))+', 'xyx', '$1', 'y'],
    ['(?i)(ÜBER|a)(.)', 'überX'.slice(0, 5), '$1.$2', 'über.X'],
    ['(.)(.*)', '😀ü', '$2$1', 'ü😀'],
    ['(.*)', 'a\nb', '<$1>', '<a\nb>'],
    ['^(a)$', 'a', '$1', 'a'],
  ])('of %s on %j makes of %j', (pattern, text, template, expected) => {
    expect(compileCapture(pattern)(text, template)).toBe(expected);
  });

  it.each([
    ['a', 'ab'],
    ['', 'a'],
    ['b$a', 'ba'],
    ['(?-s:.)', '\n'],
  ])('of %s is not expanded on %j', (pattern, text) => {
    expect(compileCapture(pattern)(text, 'x')).toBeUndefined();
  });

  it('of nested repetition is expanded without backtracking', () => {
    expect(compileCapture('((a*)*)*b|(.*)')('a'.repeat(2000), '$3')).toBe('a'.repeat(2000));
  });

  it('of a huge expression is refused', () => {
    expect(() => compileCapture('(a{1000}){1000}')).toThrow(expect.objectContaining({ code: 'invalid-request' }));
  });
});
