import { describe, expect, it } from 'vitest';

import { allLaws } from './all-laws.ts';
import { importsOf, partsOf, type SourceFile } from './source-text.ts';

interface Example {
  readonly broken: readonly SourceFile[];
  readonly kept: readonly SourceFile[];
}

const file = (path: string, text = ''): SourceFile => ({ path, text });
const manifest = (name: string, layer: number | undefined, dependencies: readonly string[] = []): SourceFile =>
  file(
    `packages/${name}/package.json`,
    JSON.stringify({
      name: `@heliosiq/${name}`,
      heliosiq: { layer },
      dependencies: Object.fromEntries(dependencies.map((dependency) => [`@heliosiq/${dependency}`, 'workspace:*'])),
    }),
  );
const source = (text: string, path = 'packages/detect/src/model.ts'): readonly SourceFile[] => [file(path, text)];
const docs = ['get-started', 'setup', 'configure', 'operate', 'use', 'reference', 'decisions'].map((folder) =>
  file(`docs/${folder}/README.md`),
);
const detect = [manifest('detect', 2), file('packages/detect/README.md'), file('packages/detect/src/detect.ts')];

const examples: Readonly<Record<keyof typeof allLaws, Example>> = {
  'a package depends only on packages of a smaller layer': {
    broken: [manifest('lake', 2), manifest('detect', 2, ['lake'])],
    kept: [manifest('ports', 1), manifest('detect', 2, ['ports'])],
  },
  'an import of another package is declared and goes through its name': {
    broken: [manifest('detect', 2), ...source("import { lake } from '@heliosiq/lake';")],
    kept: [manifest('detect', 2, ['ports']), ...source("import type { EventLog } from '@heliosiq/ports';")],
  },
  'the web page imports only the contract and types of the model': {
    broken: source("import { Incident } from '@heliosiq/model';", 'packages/web/src/page.tsx'),
    kept: source("import type { Incident } from '@heliosiq/model';", 'packages/web/src/page.tsx'),
  },
  'files import each other without a cycle': {
    broken: [file('a.ts', "import { b } from './b.ts';"), file('b.ts', "export { a } from './a.ts';")],
    kept: [file('a.ts', "import { b } from './b.ts';"), file('b.ts', "import type { A } from './a.ts';")],
  },
  'a file has at most 400 lines': { broken: source('line\n'.repeat(401)), kept: source('line\n'.repeat(400)) },
  'a file is named after its idea': {
    broken: source('', 'packages/detect/src/utils.ts'),
    kept: source('', 'packages/detect/src/index-of-dispersion.ts'),
  },
  'only the configuration reads the environment': {
    broken: source("const port = process.env['PORT'];"),
    kept: [
      ...source("const port = process.env['PORT'];", 'packages/heliosiq/src/config.ts'),
      ...source("const url = process.env['HELIOS_TEST_POSTGRES15_URL'];", 'packages/adapters/src/postgres/log.test.ts'),
      ...source('// process.env is not read here'),
    ],
  },
  'no file names a path of one machine or a registry host': {
    broken: [file('docs/setup/README.md', `cd ${['', 'home', 'ann', 'heliosiq'].join('/')}`)],
    kept: [file('docs/setup/README.md', 'cd heliosiq; ls /usr/bin')],
  },
  'packages and docs are where a reader looks for them': {
    broken: [...docs, manifest('detect', 2), file('packages/detect/src/detect.ts')],
    kept: [...docs, ...detect],
  },
  'no any': { broken: source('const x: any = 1;'), kept: source("// any: fine\nconst any = 'x as any;';") },
  'no non-null assertion': {
    broken: source('const x = list[0]!.name;'),
    kept: source("if (a !== b && !c) say('stop!');"),
  },
  'only erasable syntax': {
    broken: source('export enum Level { Low }'),
    kept: source("const text = 'enum Level { Low }';"),
  },
  'no decorators': { broken: source('@injectable()\nclass Service {}'), kept: source('/**\n * @param x\n */') },
  'no check is suppressed': {
    broken: source('// @ts-ignore\nconst x = 1;'),
    kept: source("const text = '// @ts-ignore';"),
  },
  'no work is left over in a comment': {
    broken: source('/* TODO: finish */'),
    kept: source("const label = 'TODO';"),
  },
  'no test sleeps': {
    broken: source('await new Promise((resolve) => setTimeout(resolve, 50));', 'packages/detect/src/model.test.ts'),
    kept: source('await vi.waitFor(() => expect(done).toBe(true), patience);', 'packages/detect/src/model.test.ts'),
  },
  'no test expects a measured duration': {
    broken: source('expect(performance.now() - startedAt).toBeLessThan(100);', 'packages/detect/src/model.test.ts'),
    kept: source(
      'expect(overAt).toEqual([200, 400]);\nconst ago = Date.now() - 5;',
      'packages/detect/src/model.test.ts',
    ),
  },
  'a wait of a test has a limit of its own': {
    broken: source('await vi.waitFor(\n  () => expect([a, b]).toEqual(c),\n);', 'packages/detect/src/model.test.ts'),
    kept: source('await vi.waitFor(() => f(a, b), { timeout: 30_000 });', 'packages/detect/src/model.test.ts'),
  },
};

describe('each law', () => {
  it.each(Object.entries(allLaws))('"%s" fails on a broken example and passes a kept one', (sentence, law) => {
    const example = examples[sentence];
    expect(example, 'every law has an example').toBeDefined();
    const breaches = law([...(example?.broken ?? [])]);
    expect(breaches.length, 'the broken example is noticed').toBeGreaterThan(0);
    for (const breach of breaches) expect(Object.values(breach)).not.toContain('');
    expect(law([...(example?.kept ?? [])])).toEqual([]);
  });
});

describe('reading a source text', () => {
  it('keeps code inside template holes and blanks the text around them', () => {
    const { code } = partsOf('const a = `any ${b as any} any`;');
    expect(code).toContain('b as any');
    expect(code.match(/any/g)).toHaveLength(1);
  });

  it('is not led astray by quotes in regular expressions and apostrophes in page text', () => {
    const { code } = partsOf("const quote = /['\"`]/;\nconst node = <p>don't</p>;\nconst x = y as any;");
    expect(code).toContain('y as any');
  });

  it('finds static, re-exported, side-effect and dynamic imports, and none in comments or strings', () => {
    const text = `import a from './a.ts';\nimport './b.ts';\nexport * from './c.ts';\nconst d = await import('./d.ts');
// import e from './e.ts';\nconst f = "import f from './f.ts'";\nimport {\n  type G,\n  h,\n} from './g.ts';`;
    expect(importsOf(text).map(({ module }) => module)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './g.ts']);
  });
});
