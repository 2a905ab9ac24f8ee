// Adds up what `.ci/run` left in a folder: steps, checks and vitest's JSON reports. Names what failed, then prints one
// closing line `N passed, N failed`; exits 1 if anything failed or no test ran.
import fs from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
const passed = [];
const failed = [];
const reasonCharacters = 600;

/** What went wrong, in a few lines below its title: the log before it may be long gone. */
function reasonOf(messages) {
  const text = (messages ?? []).join('\n').slice(0, reasonCharacters).trim();
  return text === '' ? '' : `\n      ${text.replaceAll('\n', '\n      ')}`;
}

/** How many titles each file has, a line a file. */
function countsByFile(titles) {
  const counts = new Map();
  for (const title of titles) {
    const [where] = title.split(' > ');
    counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  return [...counts].map(([where, count]) => `  ${where}: ${count} of its tests`).join('\n');
}

function read(name) {
  const file = path.join(folder, name);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

function lines(name) {
  return read(name)
    .split('\n')
    .filter((line) => line !== '');
}

passed.push(...lines('steps-passed').map((name) => `step ${name}`));
failed.push(...lines('steps-failed').map((name) => `step ${name}`));

const check = read('check.json');
if (check !== '') {
  const outcome = JSON.parse(check);
  passed.push(...outcome.passed.map((name) => `check ${name}`));
  failed.push(...outcome.failed.map((name) => `check ${name}`));
} else if (failed.length === 0) {
  failed.push('check ended without a result');
}

// A model that is no part of the project may be absent; what another's server cannot promise is not asked of it. The title or the
// report says so; everything else has to run.
const optional = [];
const optionalVariable = /needs HELIOS_TEST_EMBEDDING_MODEL\b/;
const isOptional = (test) =>
  test.status !== 'failed' && (optionalVariable.test(test.fullName) || test.meta?.unkept !== undefined);

let tests = 0;
for (const line of lines('tests-ended')) {
  const [name, code] = line.split(' ');
  const report = read(`tests-${name}.json`);
  if (report === '') {
    failed.push(`${name} tests ended with code ${code} and without a report`);
    continue;
  }
  const before = failed.length;
  let ran = 0;
  for (const file of JSON.parse(report).testResults) {
    const where = path.relative(process.cwd(), file.name);
    // A file that could not be loaded has no tests to report, only its own failure.
    if (file.assertionResults.length === 0 && file.status !== 'passed') failed.push(`${where}: ${file.message}`);
    for (const test of file.assertionResults) {
      const title = `${where} > ${test.fullName}`;
      ran += 1;
      if (test.status === 'passed') passed.push(title);
      else if (isOptional(test)) optional.push(title);
      else
        failed.push(
          test.status === 'failed'
            ? title + reasonOf(test.failureMessages)
            : `${title} (${test.status}: on CI every test has to run)`,
        );
    }
  }
  tests += ran;
  if (ran === 0) failed.push(`${name}: no test ran`);
  // Coverage below its bar, or an error outside any test, shows only in the exit code.
  if (code !== '0' && failed.length === before)
    failed.push(`${name} tests: exit code ${code} (coverage or an error outside a test)`);
}
if (tests === 0 && failed.length === 0) failed.push('no test ran');

if (optional.length > 0) console.log(`\n══ not run\n${countsByFile(optional)}`);
if (failed.length > 0) console.log(`\n══ failed\n${failed.map((name) => `  ${name}`).join('\n')}`);
console.log(`\n${passed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
