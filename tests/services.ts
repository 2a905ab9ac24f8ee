/** The real components that `.ci/services` starts, and the variable by which a test finds each of them. */
export const serviceVariables = {
  'PostgreSQL 15': 'HELIOS_TEST_POSTGRES15_URL',
  Chromium: 'HELIOS_TEST_CHROMIUM',
} as const;

/**
 * Vitest's global set-up. On a developer's machine a test whose component is missing is skipped by name; where
 * `CI_REQUIRE_SERVICES=1` a missing component fails the run before any test starts.
 */
export default function requireServices(): void {
  if (process.env['CI_REQUIRE_SERVICES'] !== '1') return;
  const missing = Object.entries(serviceVariables).filter(([, variable]) => !process.env[variable]);
  if (missing.length === 0) return;
  const names = missing.map(([service, variable]) => `${service} (${variable})`).join(', ');
  throw new Error(
    `CI_REQUIRE_SERVICES=1 but these are not set: ${names}. Run \`bash .ci/services start\` and source .ci/.services.env.`,
  );
}
