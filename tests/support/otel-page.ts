import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = join(import.meta.dirname, '../../docs/setup/opentelemetry.md');

/** The code block of the page on OpenTelemetry that holds a text. */
export function otelBlock(language: string, holding: string): string {
  const text = readFileSync(page, 'utf8');
  for (const [, found, code = ''] of text.matchAll(/```(\w+)\n([^]*?)```/g)) {
    if (found === language && code.includes(holding)) return code;
  }
  throw new Error(`${page} has no ${language} block with ${holding}`);
}

/** The environment that the page gives to an SDK, for a receiver of a test. */
export function otelEnvironment({
  endpoint,
  apiKey,
}: {
  readonly endpoint: string;
  readonly apiKey: string;
}): Record<string, string> {
  const lines = otelBlock('sh', 'OTEL_SERVICE_NAME').trim().split('\n');
  const environment = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  return {
    ...environment,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: environment['OTEL_EXPORTER_OTLP_HEADERS']?.replace('YOUR-API-KEY', apiKey) ?? '',
  };
}
