import { describe, expect, it } from 'vitest';
import { parseQuery } from './parse-query.ts';
import type { Expression } from './syntax-tree.ts';

/** An expression with every bracket written. */
function bracketed(node: Expression): string {
  switch (node.kind) {
    case 'number':
      return String(node.value);
    case 'text':
      return JSON.stringify(node.value);
    case 'selector': {
      const { offsetMs, fixedAt } = node.shift;
      const name = node.matchers.map(({ value }) => value).join();
      return `${name}${fixedAt === undefined ? '' : ` @ ${fixedAt}`}${offsetMs === 0 ? '' : ` offset ${offsetMs}`}`;
    }
    case 'range':
      return `${bracketed(node.selector)}[${node.rangeMs}]`;
    case 'subquery':
      return `(${bracketed(node.inner)})[${node.rangeMs}:${node.stepMs ?? ''}] offset ${node.shift.offsetMs}`;
    case 'call':
      return `${node.name}(${node.parameters.map(bracketed).join(', ')})`;
    case 'aggregate':
      return `${node.operator}(${bracketed(node.inner)})`;
    case 'negation':
      return `-(${bracketed(node.inner)})`;
    case 'binary':
      return `(${bracketed(node.left)} ${node.operator} ${bracketed(node.right)})`;
  }
}

describe('a query', () => {
  it.each([
    ['a + b * c ^ d ^ e', '(a + (b * (c ^ (d ^ e))))'],
    ['a - b - c', '((a - b) - c)'],
    ['a or b and c unless d', '(a or ((b and c) unless d))'],
    ['a > b + c == d', '((a > (b + c)) == d)'],
    ['-a ^ b * c', '(-((a ^ b)) * c)'],
    ['-1 ^ 2', '-((1 ^ 2))'],
    ['2 ^ -1', '(2 ^ -1)'],
    ['a - -b', '(a - -(b))'],
    ['a + b offset 5m * c', '(a + (b offset 300000 * c))'],
    ['a + rate(b[5m]) @ 10', undefined],
    ['a * b @ 10 offset -1m', '(a * b @ 10000 offset -60000)'],
    ['-a offset 1m + b', '(-(a offset 60000) + b)'],
    ['a @ 1m40s or b @ end()', '(a @ 100000 or b @ end)'],
    ['rate(a[1h30m] offset 1d)', 'rate(a offset 86400000[5400000])'],
    ['max_over_time(a[5m:] offset 1m)', 'max_over_time((a)[300000:] offset 60000)'],
    ['max_over_time((a + b)[5m:30s])', 'max_over_time(((a + b))[300000:30000] offset 0)'],
    ['1. + 2./a{b="3."} # 4.', '(1 + (2 / a,3.))'],
    ['1 + 0x1f + 5m + 1_000 + .5e1', '((((1 + 31) + 300) + 1000) + 5)'],
    ['a # the first\n + # the second\n b', '(a + b)'],
    ['SUM(a) BY (b)', 'sum(a)'],
  ])('%s binds as PromQL says', (query, expected) => {
    if (expected === undefined) expect(() => parseQuery(query)).toThrow(/@ modifier must be preceded/);
    else expect(bracketed(parseQuery(query))).toBe(expected);
  });

  it('names series by conditions in all their forms', () => {
    expect(parseQuery('{__name__="x",a!="b",c=~`d|e`,f!~\'g\\n\'}')).toMatchObject({
      matchers: [
        { name: '__name__', operator: '=', value: 'x' },
        { name: 'a', operator: '!=', value: 'b' },
        { name: 'c', operator: '=~', value: 'd|e' },
        { name: 'f', operator: '!~', value: 'g\n' },
      ],
    });
    expect(parseQuery('{"http.requests", "k8s.pod"="\\u0061\\x62\\143\\"\\\\\\xc3\\xbc"}')).toMatchObject({
      matchers: [
        { name: '__name__', operator: '=', value: 'http.requests' },
        { name: 'k8s.pod', operator: '=', value: 'abc"\\ü' },
      ],
    });
  });

  it('says how series of two sides belong together', () => {
    expect(parseQuery('a * on (x, y) group_left (z) b')).toMatchObject({
      isBool: false,
      matching: { isOn: true, labels: ['x', 'y'], manySide: 'left', include: ['z'] },
    });
    expect(parseQuery('a == bool ignoring ("q r") group_right b')).toMatchObject({
      isBool: true,
      matching: { isOn: false, labels: ['q r'], manySide: 'right', include: [] },
    });
  });

  it.each([
    ['', '1:1: parse error: no expression found in input'],
    ['# words', '1:8: parse error: no expression found in input'],
    ['up{', '1:4: parse error: unexpected end of input'],
    ['up\n  up', '2:3: parse error: unexpected "up"'],
    ['up{a="b}', /unexpected end of input/],
    ['"b', /a text is not closed/],
    ['up{a="\\q"}', /escape/],
    ['up{a=~"("}', /not taken/],
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['1 + {a=""}', '1:5: parse error: vector selector must contain at least one non-empty matcher'],
    ['up{__name__="down"}', /must not be set twice/],
    ['rate(up)', '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ['1 + abs(2)', '1:9: parse error: expected type instant vector in call to function "abs", got scalar'],
    ['up[5m]\n+ 1', '1:1: parse error: binary expression must contain only scalar and instant vector types'],
    ['sum(up[5m])', /expected type instant vector in aggregation expression, got range vector/],
    ['1 > 2', /must use BOOL/],
    ['up + bool 1', /bool modifier can only be used on comparison/],
    ['up and 1', /set operator "and" not allowed/],
    ['up or on (a) group_left () up', /no grouping allowed for "or"/],
    ['up * on (a) group_left (a) up', /must not occur in ON and GROUP clause/],
    ['1 + on (a) up', /only allowed between instant vectors/],
    ['-"a"', /unary expression only allowed/],
    ['up[0s]', '1:4: parse error: a range must be a duration above zero such as 5m'],
    ['(up)[5m]', '1:6: parse error: a range, offset or @ must follow a selector without brackets'],
    ['-(up) offset 1m', /without brackets/],
    ['(up) @ 1', /without brackets/],
    ['sum(up)[5m]', '1:9: parse error: ranges only allowed for vector selectors'],
    ['up offset 1m offset 2m', /offset may not be set multiple times/],
    ['up @ 1 @ 2', /may not be set multiple times/],
    ['topk(up)', /expected 2, got 1/],
    ['clamp(up, 1)', '1:1: parse error: expected 3 argument(s) in call to "clamp", got 2'],
    ['round(up, 1, 2)', /expected at most 2 argument/],
    ['label_join(up)', /expected at least 3 argument/],
    ['1 + histogram_count(up)', '1:5: not supported: the function histogram_count()'],
    ['sum(holt_winters(up[5m], 1, 2))', '1:5: not supported: the function holt_winters()'],
    ['up * 1e999', '1:6: parse error: it is not a number'],
    ['limitk(1, up)', '1:1: not supported: the aggregation limitk()'],
    ['up smoothed', '1:4: not supported: the modifier smoothed'],
    ['up + fill (1) up', '1:6: not supported: fill()'],
    ['rate(up[5m + 1m])', '1:9: not supported: a duration that is calculated'],
  ])('%s is told what is wrong, and where', (query, message) => {
    const told = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(() => parseQuery(query)).toThrow(
      expect.objectContaining({ code: 'invalid-request', message: told, field: 'query' }),
    );
  });

  it.each([
    ['of more than 100,000 characters', 'x'.repeat(100_001), /at most 100000 characters/],
    ['with thousands of brackets in each other', `${'('.repeat(5000)}1${')'.repeat(5000)}`, /unexpected/],
    ['with thousands of operators', `1${'+1'.repeat(5000)}`, /unexpected/],
    ['with hundreds of functions in each other', `${'abs('.repeat(550)}up${')'.repeat(550)}`, /nested so deeply/],
  ])('%s is refused', (_, query, message) => {
    expect(() => parseQuery(query)).toThrow(
      expect.objectContaining({ code: 'invalid-request', message: expect.stringMatching(message) }),
    );
  });
});
