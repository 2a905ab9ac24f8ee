import { describe, expect, it } from 'vitest';
import { compareVersions, isInRange, parseVersionRange } from './version-range.ts';

function holds(version: string, text: string): boolean | undefined {
  const range = parseVersionRange(text);
  if (range === undefined) throw new Error(`${text} is no range`);
  return isInRange(version, range);
}

describe('parseVersionRange', () => {
  it.each([
    ['2.3', ['2.3', '2.3.0', '2.3.7', 'v2.3.1'], ['2.4', '2.2.9', '2.30', '3']],
    ['2.3.x', ['2.3.0', '2.3.9'], ['2.4.0', '2.2.9']],
    ['2.*', ['2.0', '2.99.1'], ['3.0', '1.9']],
    ['>=2.3 <2.5', ['2.3.0', '2.4.9'], ['2.5', '2.5.0-rc1', '2.2']],
    ['>= 2.3, < 2.5', ['2.4'], ['2.5']],
    ['<2.4', ['2.3.9'], ['2.4.0', '2.10']],
    ['<=2.4', ['2.4', '2.4.9'], ['2.5', '2.5-beta1']],
    ['>2.4', ['2.5', '3'], ['2.4.9', '2.4']],
    ['^2.3', ['2.3', '2.9'], ['3.0', '2.2']],
    ['^0.3.1', ['0.3.1', '0.3.9'], ['0.4.0']],
    ['~2.3.1', ['2.3.1', '2.3.9'], ['2.4', '2.3.0']],
    ['2.1 - 2.3', ['2.1', '2.3.9'], ['2.4', '2.0.9']],
    ['1.x || >=3', ['1.5', '3.1'], ['2.0']],
    ['=2.3.4', ['2.3.4'], ['2.3.5']],
    ['2.4.0-rc1', ['2.4.0-rc1'], ['2.4.0', '2.4.0-rc2']],
    ['*', ['0.1', '99'], []],
  ])('%s', (text, inside, outside) => {
    for (const version of inside) expect([version, holds(version, text)]).toEqual([version, true]);
    for (const version of outside) expect([version, holds(version, text)]).toEqual([version, false]);
  });

  it.each(['', 'latest', '>=', '2.3 to 2.4', '2..3', '||', '1 || ', 'x'.repeat(300), '<script>', '^^1'])(
    'does not take %j for a range',
    (text) => expect(parseVersionRange(text)).toBeUndefined(),
  );

  it('says that it cannot tell for what is no version', () => {
    expect(holds('unknown', '2.3')).toBeUndefined();
    expect(compareVersions('2.10', '2.9')).toBeGreaterThan(0);
    expect(compareVersions('2.4.0-rc2', '2.4')).toBeLessThan(0);
    expect(compareVersions('2.4.0', 'v2.4')).toBe(0);
    expect(compareVersions('a', '1')).toBeUndefined();
  });
});
