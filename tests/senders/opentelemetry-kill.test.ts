import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { collectorFile, itemsPerRequest, sendLoad, startCollector } from '../support/otel-collector.ts';
import { startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const timeoutMs = 240_000;
const requests = 120;

/** The sum over all series of an instant query's answer. */
async function sumOf(url: string, key: string, query: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  // The cast names what the Prometheus HTTP API answers.
  const answer = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  return answer.data.result.reduce((sum, { value }) => sum + Number(value[1]), 0);
}

describe.skipIf(collectorFile === undefined)('the Collector (needs HELIOS_TEST_OTELCOL)', () => {
  it.each(['http', 'grpc'] as const)(
    'by %s: loses and doubles nothing when HeliosIQ is killed',
    { timeout: timeoutMs },
    async (way) => {
      await using folder = await temporaryFolder();
      const [mainPort, httpPort, grpcPort] = [await freePort(), await freePort(), await freePort()];
      const environment = {
        HELIOS_PORT: String(mainPort),
        HELIOS_OTLP_HTTP_PORT: String(httpPort),
        HELIOS_OTLP_GRPC_PORT: String(grpcPort),
      };
      let program = await startProcess(folder.path, environment);
      const apiKey = program.adminKey ?? '';
      const urls = { httpUrl: `http://127.0.0.1:${httpPort}`, grpcUrl: `http://127.0.0.1:${grpcPort}` };
      try {
        await using collector = await startCollector({ way, ...urls, apiKey });
        for (let round = 0; round < 3; round += 1) {
          const sending = sendLoad(collector, { from: (round * requests) / 3, to: ((round + 1) * requests) / 3 });
          if (round < 2) {
            await vi.waitFor(
              async () =>
                expect(await sumOf(program.url, apiKey, 'count_over_time(load_gauge[1h])')).toBeGreaterThan(0),
              {
                timeout: 90_000,
                interval: 20,
              },
            );
            await program.end('SIGKILL');
          }
          await sending;
          if (round < 2) program = await startProcess(folder.path, environment);
        }
        const sent = requests * itemsPerRequest;
        await vi.waitFor(
          async () => {
            expect({
              points: await sumOf(program.url, apiKey, 'count_over_time(load_gauge[1h])'),
              spans: await sumOf(program.url, apiKey, 'sum_over_time(span_calls_delta{operation="lets-go"}[1h])'),
            }).toEqual({ points: sent, spans: sent });
          },
          { timeout: 90_000, interval: 500 },
        );
      } finally {
        await program.end('SIGTERM');
      }
    },
  );
});
