// Runs the benches one after the other: `npm run bench` all of them, `npm run bench -- WORD` those whose path has WORD.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const patterns = ['bench/**/*.bench.{ts,mjs}', 'packages/*/**/*.bench.ts', 'scripts/**/*.bench.mjs'];
const word = process.argv[2] ?? '';
const benches = globSync(patterns, { cwd: root, exclude: (name) => name.includes('node_modules') })
  .filter((file) => file.includes(word))
  .sort();

if (benches.length === 0) {
  console.error(`heliosiq: no bench matches ${JSON.stringify(word)}; benches are files named *.bench.ts`);
  process.exit(1);
}

const failed = [];
for (const bench of benches) {
  console.log(`\n── ${bench}`);
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--expose-gc', bench], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) failed.push(bench);
}
console.log(`\n${benches.length - failed.length} of ${benches.length} benches ended well`);
for (const bench of failed) console.log(`  failed: ${bench}`);
process.exit(failed.length === 0 ? 0 : 1);
