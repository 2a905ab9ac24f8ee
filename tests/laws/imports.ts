import { posix } from 'node:path';

import { type Breach, importsOf, isCode, isTest, type SourceFile } from './source-text.ts';

interface Manifest {
  readonly name: string;
  readonly folder: string;
  readonly layer: number | undefined;
  readonly runtime: readonly string[];
  readonly development: readonly string[];
}

const scope = '@heliosiq/';

function manifestsOf(files: readonly SourceFile[]): Manifest[] {
  return files
    .filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path))
    .map(({ path, text }) => {
      // A manifest's shape is pnpm's business; only these four members are read.
      const manifest = JSON.parse(text) as {
        name: string;
        heliosiq?: { layer?: number };
        dependencies?: object;
        devDependencies?: object;
      };
      return {
        name: manifest.name,
        folder: posix.dirname(path),
        layer: manifest.heliosiq?.layer,
        runtime: Object.keys(manifest.dependencies ?? {}),
        development: Object.keys(manifest.devDependencies ?? {}),
      };
    });
}

function packageOf(module: string): string {
  return module.split('/').slice(0, 2).join('/');
}

/** A package depends only on packages of a smaller layer number. */
export function layerLaw(files: readonly SourceFile[]): Breach[] {
  const manifests = manifestsOf(files);
  const layers = new Map(manifests.map(({ name, layer }) => [name, layer]));
  return manifests.flatMap(({ name, folder, layer, runtime, development }) => {
    const path = `${folder}/package.json`;
    if (layer === undefined) return [{ path, law: 'has no layer', cure: 'add "heliosiq": { "layer": n }' }];
    return [...runtime, ...development]
      .filter((dependency) => dependency.startsWith(scope))
      .filter((dependency) => (layers.get(dependency) ?? Infinity) >= layer)
      .map((dependency) => ({
        path,
        law: `${name} (layer ${layer}) depends on ${dependency} (layer ${layers.get(dependency) ?? 'unknown'})`,
        cure: 'ask for a port, and let packages/heliosiq hand it in',
      }));
  });
}

/** What a file imports of other packages is declared in its manifest and goes through the package's name. */
export function declaredImportLaw(files: readonly SourceFile[]): Breach[] {
  return manifestsOf(files).flatMap(({ name, folder, runtime, development }) =>
    files
      .filter(({ path }) => isCode(path) && path.startsWith(`${folder}/`))
      .flatMap(({ path, text }) => {
        // Tests may use the adapters everywhere: the workspace root declares them.
        const forTests = isTest(path) ? [...development, `${scope}adapters`] : [];
        const allowed = new Set([name, ...runtime, ...forTests]);
        return importsOf(text).flatMap(({ module }): Breach[] => {
          if (module.startsWith(scope) && !allowed.has(packageOf(module))) {
            return [
              {
                path,
                law: `imports ${module} undeclared`,
                cure: `declare it in ${folder}/package.json, or ask for a port`,
              },
            ];
          }
          const target = module.startsWith('.') ? posix.join(posix.dirname(path), module) : path;
          if (target.startsWith(`${folder}/`)) return [];
          return [{ path, law: `reaches into another package (${module})`, cure: 'import the package by its name' }];
        });
      }),
  );
}

/** The page is a client like any other: it knows the contract and the words, nothing of the server. */
export function webLaw(files: readonly SourceFile[]): Breach[] {
  return files
    .filter(({ path }) => isCode(path) && path.startsWith('packages/web/'))
    .flatMap(({ path, text }) =>
      importsOf(text)
        .filter(({ module }) => module.startsWith(scope) && packageOf(module) !== `${scope}api`)
        .filter(({ module, isTypeOnly }) => !(packageOf(module) === `${scope}model` && isTypeOnly))
        .map(({ module }) => ({
          path,
          law: `the page imports ${module}`,
          cure: `import from ${scope}api, or only types (\`import type\`) from ${scope}model`,
        })),
    );
}

/** No file needs itself: imports between files, types left out, have no cycle. */
export function cycleLaw(files: readonly SourceFile[]): Breach[] {
  const paths = new Set(files.map(({ path }) => path));
  const targets = new Map(
    files
      .filter(({ path }) => isCode(path))
      .map(({ path, text }) => [
        path,
        importsOf(text)
          .filter(({ module, isTypeOnly }) => module.startsWith('.') && !isTypeOnly)
          .map(({ module }) => posix.join(posix.dirname(path), module))
          .filter((target) => paths.has(target)),
      ]),
  );
  const breaches: Breach[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const cycle = [...trail.slice(start), path].join(' -> ');
      breaches.push({ path, law: `imports itself: ${cycle}`, cure: 'move what both need into a third file' });
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const target of targets.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of targets.keys()) visit(path);
  return breaches;
}
