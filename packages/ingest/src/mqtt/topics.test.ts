import { describe, expect, it } from 'vitest';
import { createTopicPermit } from './tenant-topics.ts';
import { filterTakes, isTopicFilter, isTopicName } from './topic-name.ts';
import { createTopicReader } from './topic-template.ts';

describe('names and filters of topics', () => {
  it.each(['a', 'a/b', '/', 'a//b', '$SYS/x', 'ä/ö'])('%s is a name', (topic) => expect(isTopicName(topic)).toBe(true));
  it.each(['', 'a/+', '#', 'a\0b', 'a\u{D800}'])('%j is no name', (topic) => expect(isTopicName(topic)).toBe(false));
  it.each(['#', '+', 'a/+/b', 'a/#', '+/#', '$share/g/a/#', '/'])('%s is a filter', (filter) =>
    expect(isTopicFilter(filter)).toBe(true),
  );
  it.each(['', 'a#', 'a/#/b', 'a+/b', '$share/g', '$share//a', '$share/+/a', '$share/g/'])(
    '%j is no filter',
    (filter) => expect(isTopicFilter(filter)).toBe(false),
  );

  it.each([
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/+', 'a', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/b/c', false],
    ['+/+', '/b', true],
    ['#', 'a/b', true],
    ['#', '$SYS/a', false],
    ['+/a', '$SYS/a', false],
    ['$SYS/#', '$SYS/a', true],
    ['a/b', 'a/b', true],
    ['a/b', 'a', false],
    ['a', 'a/b', false],
  ])('%s and %s: %s (examples of section 4.7)', (filter, topic, isTaken) => {
    expect(filterTakes(filter, topic)).toBe(isTaken);
  });
});

describe('topics that a tenant may publish to', () => {
  it('are below its name, and not below a name that begins with it', () => {
    const permit = createTopicPermit(['{tenant}/#', 'spBv1.0/#']);
    expect(['acme/x', 'acme', 'spBv1.0/g/NDATA/e'].map((topic) => permit(topic, 'acme'))).toEqual([true, true, true]);
    expect(['acme2/x', 'other/x', '/acme/x', '$SYS/x'].map((topic) => permit(topic, 'acme'))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(createTopicPermit(['#'])('anything/at/all', 'acme')).toBe(true);
  });

  it('must be filters', () => {
    expect(() => createTopicPermit(['{tenant}/#/x'])).toThrow('is not a topic filter');
  });
});

describe('a template of topics', () => {
  const read = createTopicReader([
    'site/{label.site}/{asset}/telemetry',
    '{tenant}/line/{asset}/{asset}/{metric#}',
    'raw/+/{asset#}',
    'n/{asset}/{metric}/{metric}/#',
  ]);

  it.each([
    ['site/north/pump/telemetry', { asset: 'pump', metric: '', labels: { site: 'north' } }],
    ['acme/line/a/b/temp/out', { asset: 'a/b', metric: 'temp.out', labels: {} }],
    ['raw/7/x/y/z', { asset: 'x/y/z', metric: '', labels: {} }],
    ['n/a/t/out/further/levels', { asset: 'a', metric: 't.out', labels: {} }],
    ['acme/pump/temp', { asset: 'pump', metric: 'temp', labels: {} }],
    ['hall/pump/temp', { asset: 'hall/pump', metric: 'temp', labels: {} }],
    ['acme/pump', { asset: 'pump', metric: '', labels: {} }],
    ['/hall//pump/temp', { asset: 'hall/pump', metric: 'temp', labels: {} }],
    ['other/line/a/b/t', { asset: 'other/line/a/b', metric: 't', labels: {} }],
    ['raw/7', { asset: 'raw', metric: '7', labels: {} }],
  ])('%s', (topic, place) => {
    expect(read(topic, 'acme')).toEqual(place);
  });

  it.each([
    '{metric}',
    'a/{asset#}/b',
    'a/x{asset}',
    '{asset}/{label.}',
    '{asset}/{tenant#}',
    '{what}/{asset}',
    '#/{asset}',
  ])('%s is refused', (template) => {
    expect(() => createTopicReader([template])).toThrow(`"${template}" is not valid`);
  });
});
