// Runs every check of the house, two at a time, and shows all that failed: `npm run check`, or `npm run check -- lint`.
// With --json FILE the outcome is also written as {"passed": [...], "failed": [...]} for `.ci/run`.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '..');
const parallelMax = 2;

function installedScript(name, file) {
  return path.join(root, 'node_modules', name, file);
}

/** Each check, its command, and how to mend what it complains about. */
const checks = [
  {
    name: 'types',
    script: installedScript('typescript', 'bin/tsc'),
    args: ['--noEmit', '-p', '.', '--pretty', 'false'],
    cure: 'each line names file, line and the type error',
  },
  {
    name: 'lint',
    script: installedScript('oxlint', 'bin/oxlint'),
    args: ['--type-aware', '--deny-warnings'],
    cure: 'mend the code; no rule is switched off in a file',
  },
  {
    name: 'format',
    script: installedScript('oxfmt', 'bin/oxfmt'),
    args: ['--check', '.'],
    cure: 'run `npm run format`',
  },
  {
    name: 'dead code',
    script: installedScript('knip', 'bin/knip.js'),
    args: ['--no-progress', '--no-config-hints'],
    cure: 'delete what nothing uses, or the unused dependency',
  },
  {
    name: 'architecture',
    script: installedScript('vitest', 'vitest.mjs'),
    args: ['run', '--project', 'unit', '--reporter=dot', 'tests/architecture.test.ts'],
    cure: 'each failure names the file, the law and what to do',
  },
];

function run(check) {
  const startedAtMs = Date.now();
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
    const child = spawn(process.execPath, [check.script, ...check.args], { cwd: root, env });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => resolve({ check, isPassed: false, output: error.message, seconds: 0 }));
    child.once('close', (code) => {
      resolve({ check, isPassed: code === 0, output, seconds: (Date.now() - startedAtMs) / 1000 });
    });
  });
}

const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
const selected = checks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (selected.length === 0) {
  console.error(`heliosiq: no such check; there are: ${checks.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const waiting = [...selected];
const results = [];
async function work() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const result = await run(check);
    results.push(result);
    console.log(`${result.isPassed ? '✔' : '✘'} ${check.name} (${result.seconds.toFixed(1)} s)`);
  }
}
await Promise.all(Array.from({ length: parallelMax }, work));

const failed = results.filter(({ isPassed }) => !isPassed);
for (const { check, output } of failed) {
  console.log(`\n── ${check.name} failed: ${check.cure}\n${output.trim()}`);
}
const summary = failed.length === 0 ? 'all passed' : `failed: ${failed.map(({ check }) => check.name).join(', ')}`;
console.log(`\ncheck: ${summary} (${results.length - failed.length} of ${results.length})`);
if (values.json !== undefined) {
  const names = (isPassed) => results.filter((result) => result.isPassed === isPassed).map(({ check }) => check.name);
  fs.writeFileSync(values.json, JSON.stringify({ passed: names(true), failed: names(false) }));
}
process.exitCode = failed.length === 0 ? 0 : 1;
