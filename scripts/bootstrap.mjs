// Makes a fresh clone runnable with nothing but an old Node and npm, then runs something with a Node that is new enough.
//
//   node scripts/bootstrap.mjs cli ARGS      the program (on Windows; elsewhere bin/heliosiq keeps no parent process)
//   node scripts/bootstrap.mjs test ARGS     unit and integration tests
//   node scripts/bootstrap.mjs e2e ARGS      tests in a real browser
//   node scripts/bootstrap.mjs check ARGS    types, lint, format, dead code, architecture
//   node scripts/bootstrap.mjs bench ARGS    benches
//   node scripts/bootstrap.mjs format ARGS   puts every file into the house's format
//   node scripts/bootstrap.mjs prepare ARGS  only the set-up for `cli ARGS`; prints the path of the Node to use
import path from 'node:path';

import { BootstrapFailure } from './bootstrap/failure.mjs';
import { programEntry, root } from './bootstrap/paths.mjs';
import { needsPage, prepare } from './bootstrap/prepare.mjs';

const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');

const targets = {
  cli: (args) => ({ withPage: needsPage(args), isProgram: true, script: programEntry, args }),
  test: (args) => ({
    script: vitest,
    args: ['run', '--project', 'unit', '--project', 'integration', ...args],
    cwd: root,
  }),
  e2e: (args) => ({ withPage: true, script: vitest, args: ['run', '--project', 'e2e', ...args], cwd: root }),
  format: (args) => ({ script: path.join(root, 'node_modules', 'oxfmt', 'bin', 'oxfmt'), args, cwd: root }),
  check: (args) => ({ script: path.join(root, 'scripts', 'check.mjs'), args, cwd: root }),
  bench: (args) => ({ script: path.join(root, 'scripts', 'bench.mjs'), args, cwd: root }),
};

async function main([name, ...args]) {
  if (name === 'prepare') {
    const node = await prepare({ withPage: needsPage(args) });
    process.stdout.write(`${node.binary}\n`);
    return;
  }
  const target = Object.hasOwn(targets, name || '') ? targets[name](args) : null;
  if (!target) {
    throw new BootstrapFailure(`unknown target ${JSON.stringify(name || '')}`, {
      cure: `use one of: ${[...Object.keys(targets), 'prepare'].join(', ')}.`,
      exitCode: 2,
    });
  }
  const node = await prepare({ withPage: Boolean(target.withPage) });
  const [{ becomeChild, environmentWith }, { programEnvironment, programFlags }] = await Promise.all([
    import('./bootstrap/child.mjs'),
    import('./bootstrap/program-run.mjs'),
  ]);
  const flags = target.isProgram ? programFlags() : ['--disable-warning=ExperimentalWarning'];
  await becomeChild(node.binary, [...flags, target.script, ...target.args], {
    cwd: target.cwd || process.cwd(),
    env: environmentWith(path.dirname(node.binary), programEnvironment()),
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isExplained = error instanceof BootstrapFailure;
  process.stderr.write(`${isExplained ? error.message : error.stack}\n`);
  process.exitCode = isExplained ? error.exitCode : 1;
}
