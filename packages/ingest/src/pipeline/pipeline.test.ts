import { AssetId, TenantId } from '@heliosiq/model';
import type { DiscreteSignal } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { compileArithmetic } from './arithmetic.ts';
import { PipelineRules } from './pipeline-rules.ts';
import { tryPipeline } from './pipeline-trial.ts';
import { createPipeline } from './pipeline.ts';

const tenantId = TenantId.parse('acme');

function log(body: string, more: Partial<DiscreteSignal> = {}): DiscreteSignal {
  // The cast holds: only fields of a log are given.
  return {
    kind: 'log',
    id: body,
    asset: AssetId.parse('web'),
    at: 1,
    body,
    severity: 'info',
    labels: {},
    ...more,
  } as DiscreteSignal;
}

function decide(rules: unknown, signal: DiscreteSignal, redactsSecrets = false) {
  return createPipeline({ rules: PipelineRules.parse(rules), redactsSecrets }).decideSignal(tenantId, signal);
}

function problemsOf(rules: unknown): readonly string[] {
  const parsed = PipelineRules.safeParse(rules);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a condition', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['exact', { asset: 'web' }, true],
    ['exact, another', { asset: 'we' }, false],
    ['glob', { asset: 'w*' }, true],
    ['glob with special characters', { text: 'GET /a.b?id=*' }, true],
    ['glob is not an expression', { text: 'GET /aXb*' }, false],
    ['expression', { text: '/id=\\d+$/' }, true],
    ['expression without case', { text: '/get/i' }, true],
    ['any of a list', { asset: ['db', 'w?b'] }, true],
    ['kinds', { kinds: ['event', 'log'] }, true],
    ['other kinds', { kinds: ['sample'] }, false],
    ['label', { labels: { region: 'eu-*' } }, true],
    ['label that is not there', { labels: { zone: '*' } }, false],
    ['metric of a log', { metric: '*' }, false],
    ['severity', { severity: ['info', 'low'] }, true],
    ['tenant', { tenant: 'acme' }, true],
    ['another tenant', { tenant: 'zeta' }, false],
    ['all parts must hold', { asset: 'web', text: 'POST*' }, false],
  ])('%s', (_, when, holds) => {
    const decision = decide([{ name: 'r', when, do: 'drop' }], log('GET /a.b?id=7', { labels: { region: 'eu-1' } }));
    expect('droppedBy' in decision).toBe(holds);
  });

  it('with an expression that would ruin a backtracking engine is answered in linear time', () => {
    const rules = [{ name: 'r', when: { text: '/^(a+)+$/' }, do: 'drop' }];
    expect(decide(rules, log(`${'a'.repeat(60_000)}!`))).toMatchObject({ signal: { kind: 'log' } });
  });
});

describe('rules on signals', () => {
  it('run in their order, each on what the one before left', () => {
    const rules = [
      {
        name: 'user',
        when: { text: '/user=(\\w+)/' },
        do: { derive: { labels: { user: '{text.1}', at: '{asset}!' } } },
      },
      {
        name: 'place',
        when: { labels: { user: 'ada' } },
        do: { route: { asset: 'people/{label.user}', severity: 'high' } },
      },
      { name: 'names', do: { rename: { labels: { at: 'from', user: null } } } },
    ];
    expect(decide(rules, log('login user=ada'))).toEqual({
      signal: log('login user=ada', {
        asset: AssetId.parse('people/ada'),
        severity: 'high',
        labels: { from: 'web!' },
      }),
    });
  });

  it('keep one of so many, the same ones in a re-send', () => {
    const rules = createPipeline({
      rules: PipelineRules.parse([{ name: 'tenth', when: { kinds: ['log'] }, do: { sample: { 'one-of': 10 } } }]),
      redactsSecrets: false,
    });
    const kept = () =>
      Array.from({ length: 5000 }, (_, index) => log(`line ${index}`))
        .filter((line) => 'signal' in rules.decideSignal(tenantId, line))
        .map(({ id }) => id);
    expect(kept().length).toBeGreaterThan(400);
    expect(kept().length).toBeLessThan(600);
    expect(kept()).toEqual(kept());
  });

  it('hide secrets by default, before any rule of one’s own sees them', () => {
    const rules = [
      { name: 'copy', when: { text: '/password=(\\S+)/' }, do: { derive: { labels: { copy: '{text.1}' } } } },
    ];
    expect(decide(rules, log('password=hunter2'), true)).toMatchObject({
      signal: { body: 'password=***', labels: { copy: '***' } },
    });
  });

  it('never make a signal that the model refuses: an empty or endless name leaves the old one', () => {
    const rules = [{ name: 'r', when: { asset: '*' }, do: { rename: { asset: '{label.none}' } } }];
    expect(decide(rules, log('x'))).toMatchObject({ signal: { asset: 'web' } });
    const long = [{ name: 'r', when: { asset: '*' }, do: { rename: { asset: '{asset}'.repeat(140) } } }];
    const decision = decide(long, log('x', { asset: AssetId.parse('web'.repeat(90)) }));
    expect('signal' in decision && decision.signal.asset.length).toBe(300);
  });
});

describe('a rule that is wrong is told with its place', () => {
  it.each<[unknown, RegExp]>([
    [[{ name: 'r', do: 'drop' }], /^0\.when: .*everything/],
    [[{ name: 'r', when: { text: '/(/' }, do: 'drop' }], /^0\.when\.text: .*not an expression/],
    [[{ name: 'r', when: { text: '/(a)\\1/' }, do: 'drop' }], /^0\.when\.text: /],
    [[{ name: 'r', when: { colour: 'x' }, do: 'drop' }], /^0\.when: .*colour/],
    [
      [{ name: 'r', when: { asset: 'x' }, do: { redact: { patterns: ['emial'] } } }],
      /^0\.do\.redact\.patterns\.0: .*emial/,
    ],
    [[{ name: 'r', when: { metric: 'x' }, do: { derive: { value: 'value +' } } }], /^0\.do\.derive\.value: /],
    [[{ name: 'r', when: { metric: 'x' }, do: { derive: { value: 'process()' } } }], /unknown/],
    [[{ name: 'r', when: { asset: 'x' }, do: { rename: { asset: '{host}' } } }], /no place "\{host\}"/],
    [[{ name: 'r', when: { asset: 'x' }, do: { drop: true, route: { asset: 'y' } } }], /exactly one/],
    [[{ name: 'r', when: { kinds: ['log'] }, do: { sample: { every: '10s' } } }], /intervals are for samples/],
    [[{ name: 'r', when: { metric: 'x', text: 'y' }, do: 'drop' }], /nothing has both/],
    [
      [
        { name: 'r', when: { asset: 'x' }, do: 'drop' },
        { name: 'r', when: { asset: 'y' }, do: 'drop' },
      ],
      /^1\.name: .*twice/,
    ],
    [{ name: 'r' }, /list of rules/],
  ])('%j', (rules, expected) => {
    expect(problemsOf(rules).join('\n')).toMatch(expected);
  });
});

describe('arithmetic', () => {
  it.each<[string, number, number]>([
    ['value', 7, 7],
    ['value / 1024', 2048, 2],
    ['(value - 32) * 5 / 9', 212, 100],
    ['-value + 2 * 3', 1, 5],
    ['1 - 2 - 3', 0, -4],
    ['8 / 4 / 2', 0, 1],
    ['max(0, min(100, value * 1e2))', 0.5, 50],
    ['round(abs(value))', -2.4, 2],
    ['--value', 3, 3],
  ])('%s of %d is %d', (text, value, expected) => {
    expect(compileArithmetic(text)(value)).toBeCloseTo(expected, 10);
  });

  it.each([
    '',
    'value value',
    '(value',
    'value)',
    '1 +',
    'x',
    'value; 1',
    'min()',
    `${'('.repeat(100)}1${')'.repeat(100)}`,
  ])('%j is refused', (text) => {
    expect(() => compileArithmetic(text)).toThrow('not arithmetic');
  });
});

describe('a trial', () => {
  it('tells for each record what would become of it and by which rule', () => {
    const rules = PipelineRules.parse([
      { name: 'no-go', when: { metric: 'go_*' }, do: 'drop' },
      { name: 'slow', when: { metric: 'cpu' }, do: { sample: { every: '1m' } } },
    ]);
    const records = [
      { kind: 'sample', asset: 'web', metric: 'go_gc', value: 1 },
      { kind: 'sample', asset: 'web', metric: 'cpu', at: 60_000, value: 1 },
      { kind: 'sample', asset: 'web', metric: 'cpu', at: 61_000, value: 2 },
      { kind: 'log', asset: 'web', body: 'password=x' },
      { kind: 'log', asset: 'web', body: 'fine' },
      { kind: 'lag' },
    ];
    const body = Buffer.from(records.map((record) => JSON.stringify(record)).join('\n'));
    const results = [...tryPipeline(body, { rules, redactsSecrets: true, tenantId, now: 1 })];
    expect(results.map(({ outcome, rules: used }) => [outcome, ...used])).toEqual([
      ['dropped', 'no-go'],
      ['unchanged', 'slow'],
      ['dropped', 'slow'],
      ['changed', 'default-secrets'],
      ['unchanged'],
      ['rejected'],
    ]);
    expect(results[3]?.after).toMatchObject([{ body: 'password=***' }]);
  });
});
