import { defineConfig } from 'vitest/config';

/** Built output, installed packages and recorded state are never searched for tests. */
const excluded = ['**/node_modules/**', '**/dist/**', '**/.heliosiq/**', '**/.toolchain/**'];

/** Tests with the program as a process, and with the real senders and brokers around it. */
const programTests = ['tests/integration/**/*.test.ts', 'tests/senders/**/*.test.ts', 'tests/kafka/**/*.test.ts'];

/**
 * Three projects: `unit` (no server beyond what a test starts in-process), `integration` (embedded PostgreSQL, child
 * processes, the bootstrap) and `e2e` (the whole program in a real Chromium).
 * `npm test` runs the first two; `.ci/run` runs all three with coverage.
 */
export default defineConfig({
  test: {
    globalSetup: ['tests/services.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
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
          exclude: [...excluded, '**/*.integration.test.ts', ...programTests, 'tests/e2e/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['packages/**/*.integration.test.ts', ...programTests],
          exclude: excluded,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: excluded,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
