import { type Breach, isCode, lineAt, partsOf, type SourceFile } from './source-text.ts';

const linesMax = 400;
const forbiddenName = /(?:^|\/)(?:index|utils?|helpers?|common|shared|types)(?:\.(?:tsx?|mjs|js)$|\/)/;
const docsFolders = ['get-started', 'setup', 'configure', 'operate', 'use', 'reference', 'decisions'];
/** Packages without one entry of their own name, and what is their entry instead. */
const entries: Readonly<Record<string, string | null>> = { web: null, adapters: null, heliosiq: 'main' };
const machinePath = /(?<![\w./~-])\/(?:work|root|opt\/tc|home\/[\w-]+|Users\/[\w-]+)\//g;
const registryHost = /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\.\w+|\bnpm\.pkg\.github\.com|\bpkgs\.dev\.azure\.com/g;

/** A file is read in one sitting. */
export function sizeLaw(files: readonly SourceFile[]): Breach[] {
  return files
    .filter(({ path }) => isCode(path) || path.endsWith('.css'))
    .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ path, lines }) => ({
      path,
      law: `${lines} lines, at most ${linesMax}`,
      cure: 'move one of its ideas into a file named after it',
    }));
}

/** A file's name says what is in it. */
export function nameLaw(files: readonly SourceFile[]): Breach[] {
  return files
    .filter(({ path }) => isCode(path) && forbiddenName.test(path))
    .map(({ path }) => ({ path, law: 'a name that says nothing', cure: 'name the file after its one idea' }));
}

function mayReadEnvironment(path: string): boolean {
  return (
    !path.startsWith('packages/') ||
    path === 'packages/heliosiq/src/config.ts' ||
    /^packages\/[^/]+\/(?:bench\/|vite\.config\.ts$)/.test(path)
  );
}

/** Configuration enters at one place; a test may only ask for the real components that were started for it. */
export function environmentLaw(files: readonly SourceFile[]): Breach[] {
  return files
    .filter(({ path }) => isCode(path) && !mayReadEnvironment(path))
    .flatMap(({ path, text }) => {
      const { code, codeWithStrings } = partsOf(text);
      const isTest = /\.test\.tsx?$/.test(path);
      return [...code.matchAll(/\bprocess\??\.env\b|\bprocess\[|\bimport\.meta\.env\b/g)]
        .filter(
          ({ index }) => !(isTest && /^process\.env\??\.?\[?['"]?HELIOS_TEST_/.test(codeWithStrings.slice(index))),
        )
        .map(({ index }) => ({
          path: `${path}:${lineAt(text, index)}`,
          law: 'reads the environment',
          cure: 'take the value as an argument; only packages/heliosiq/src/config.ts reads it (tests: HELIOS_TEST_… only)',
        }));
    });
}

/** Nothing in the repository knows the machine it was written on. */
export function machineLaw(files: readonly SourceFile[]): Breach[] {
  return files.flatMap(({ path, text }) =>
    [machinePath, registryHost].flatMap((expression) =>
      [...text.matchAll(expression)].map(({ 0: seen, index }) => ({
        path: `${path}:${lineAt(text, index)}`,
        law: `names a machine's own path or a registry host (${seen})`,
        cure: 'use a path relative to the repository, or the configured registry',
      })),
    ),
  );
}

function packageNames(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path }) => /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1] ?? []);
}

/** Each package explains itself and has the entry that its name promises; docs are where readers look. */
export function placeLaw(files: readonly SourceFile[]): Breach[] {
  const paths = new Set(files.map(({ path }) => path));
  const wanted = packageNames(files).flatMap((name) => {
    const entry = name in entries ? entries[name] : name;
    const readme = { path: `packages/${name}/README.md`, cure: 'write one screen: in, out, words, one picture' };
    if (entry === null || entry === undefined) return [readme];
    return [readme, { path: `packages/${name}/src/${entry}.ts`, cure: 'write the package entry' }];
  });
  const missing = wanted.filter(({ path }) => !paths.has(path));
  const missingDocs = docsFolders
    .filter((folder) => ![...paths].some((path) => path.startsWith(`docs/${folder}/`)))
    .map((folder) => ({ path: `docs/${folder}/`, cure: 'write at least its first page' }));
  return [...missing, ...missingDocs].map(({ path, cure }) => ({ path, law: 'is missing', cure }));
}
