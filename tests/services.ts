/** The real components that `.ci/services start` makes ready, and the variable by which a test finds each of them. */
export const serviceVariables = {
  'PostgreSQL 15': 'HELIOS_TEST_POSTGRES15_URL',
  'PostgreSQL with pgvector': 'HELIOS_TEST_PGVECTOR_URL',
  Chromium: 'HELIOS_TEST_CHROMIUM',
  Kafka: 'HELIOS_TEST_KAFKA',
  'jars of Kafka': 'HELIOS_TEST_KAFKA_HOME',
  Prometheus: 'HELIOS_TEST_PROMETHEUS',
  VictoriaMetrics: 'HELIOS_TEST_VICTORIA_METRICS',
  vmagent: 'HELIOS_TEST_VMAGENT',
  vmalert: 'HELIOS_TEST_VMALERT',
  Alertmanager: 'HELIOS_TEST_ALERTMANAGER',
  amtool: 'HELIOS_TEST_AMTOOL',
  Mosquitto: 'HELIOS_TEST_MOSQUITTO',
  mosquitto_pub: 'HELIOS_TEST_MOSQUITTO_PUB',
  logger: 'HELIOS_TEST_LOGGER',
  rsyslog: 'HELIOS_TEST_RSYSLOGD',
  'OpenTelemetry SDK for Python': 'HELIOS_TEST_OTEL_PYTHON',
  'Prometheus 3': 'HELIOS_TEST_PROMETHEUS3',
  'OpenTelemetry Collector': 'HELIOS_TEST_OTELCOL',
  'object store (versitygw)': 'HELIOS_TEST_VERSITYGW',
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
