import { execFileSync } from 'node:child_process';
import { availableParallelism, getPriority } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const file = join(import.meta.dirname, 'helper-threads.ts');

/** In a process of its own: priorities cannot be raised again. */
const script = `
  import { getPriority } from 'node:os';
  import { letHelperThreadsGiveWay } from ${JSON.stringify(file)};
  const helpers = letHelperThreadsGiveWay();
  console.log(JSON.stringify({ own: getPriority(), helpers: helpers.map((id) => getPriority(id)) }));
`;

test.skipIf(process.platform !== 'linux' || availableParallelism() > 3)(
  'the helper threads of the engine stand behind the event loop, which keeps its priority (needs Linux and at most three processors)',
  () => {
    const told: unknown = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
    );
    const { own, helpers } = told as { readonly own: number; readonly helpers: readonly number[] }; // the script's own words
    expect(helpers.length).toBeGreaterThan(0);
    expect(own).toBe(getPriority());
    for (const priority of helpers) expect(priority).toBe(19);
  },
);
