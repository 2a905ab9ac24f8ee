import { defineConfig } from 'vitest/config';

/** Built output, installed packages and recorded state are never searched for tests. */
const excluded = ['**/node_modules/**', '**/dist/**', '**/.heliosiq/**', '**/.toolchain/**'];

/** Tests with the real senders and brokers around the program, which take minutes. */
const senderTests = ['tests/senders/**/*.test.ts', 'tests/kafka/**/*.test.ts'];

/** These tests start programs and wait for them more than they work: on two processors three at a time take less time. */
const waitingTests = { testTimeout: 480_000, hookTimeout: 480_000, maxWorkers: 3, sequence: { groupOrder: 1 } };

/**
 * Four projects: `unit` (no server beyond what a test starts in-process), `integration` (embedded PostgreSQL, child
 * processes, the bootstrap) and `e2e` (the whole program in a real Chromium).
 * `npm test` runs the first two; `.ci/run` runs all four with coverage, `senders` being the real ones around the program.
 */
export default defineConfig({
  test: {
    globalSetup: ['tests/services.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Limits are for a machine that is slow and busy: what a test waits for comes within milliseconds on a calm one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.{ts,tsx}'],
      exclude: ['packages/web/**', '**/*.test.ts', '**/*.test.tsx', '**/*.d.ts'],
      reporter: ['text-summary', 'json-summary', 'lcov'],
      reportsDirectory: 'coverage',
      thresholds: { lines: 85 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'packages/*/conformance/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: [...excluded, '**/*.integration.test.ts', 'tests/integration/**', ...senderTests, 'tests/e2e/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['{packages,tests}/**/*.integration.test.ts', 'tests/integration/**/*.test.ts'],
          exclude: excluded,
          ...waitingTests,
        },
      },
      {
        extends: true,
        test: {
          name: 'senders',
          include: senderTests,
          exclude: excluded,
          ...waitingTests,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: excluded,
          ...waitingTests,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
