import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { freePort } from './free-port.ts';

const page = join(import.meta.dirname, '../../docs/setup/prometheus.md');

/** The block of the page on Prometheus that holds a text. */
export function prometheusBlock(holding: string, isWithout = ''): string {
  const text = readFileSync(page, 'utf8');
  for (const [, code = ''] of text.matchAll(/```yaml\n([^]*?)```/g)) {
    if (code.includes(holding) && (isWithout === '' || !code.includes(isWithout))) return code;
  }
  throw new Error(`${page} has no yaml block with ${holding}`);
}

/** The block with the address and key of a receiver of a test. */
export function forReceiver(block: string, { url, key }: { readonly url: string; readonly key: string }): string {
  return block.replace('http://localhost:7070', url).replace('YOUR-API-KEY', key);
}

/** A series and its samples, times in milliseconds. */
export interface PrometheusSamples {
  readonly metric: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [at: number, value: string])[];
}

/** A Prometheus as a process of its own. */
export interface PrometheusProcess extends AsyncDisposable {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface PrometheusOptions {
  readonly binary: string;
  /** For its configuration and data; made if it is not there. */
  readonly folder: string;
  /** What stands in its configuration, but for the targets. */
  readonly config: string;
  /** Addresses such as `127.0.0.1:9100`, scraped each second beside Prometheus itself. */
  readonly targets: readonly string[];
  readonly flags?: readonly string[];
}

/** Starts Prometheus on a free port and waits until it answers; rejects with its words when it ends instead. */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusProcess> {
  const { binary, folder, config, targets, flags = [] } = options;
  const address = `127.0.0.1:${await freePort()}`;
  await mkdir(folder, { recursive: true });
  const scrapes = [
    'scrape_configs:',
    `  - { job_name: prometheus, scrape_interval: 1s, static_configs: [{ targets: ['${address}'] }] }`,
    ...(targets.length === 0
      ? []
      : [`  - { job_name: targets, scrape_interval: 1s, static_configs: [{ targets: ${JSON.stringify(targets)} }] }`]),
  ];
  const file = join(folder, 'prometheus.yml');
  await writeFile(file, `${config}\n${scrapes.join('\n')}\n`);
  const child = spawn(
    binary,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-20_000)));
  const url = `http://${address}`;
  await vi.waitFor(
    async () => {
      // Its end is told at once, not after the wait.
      if (child.exitCode === null && !(await fetch(`${url}/-/ready`)).ok) throw new Error('not ready');
    },
    { timeout: 90_000, interval: 50 },
  );
  if (child.exitCode !== null) throw new Error(`Prometheus did not start:\n${stderr}`);
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  return { url, end, [Symbol.asyncDispose]: () => end('SIGKILL') };
}

/** Asks the query API of Prometheus, or one that is like it. */
export interface QueryApi {
  readonly url: string;
  readonly key?: string;
}

/** The value of an expression that has one, or 0 when it has none; several are added up. */
export async function valueOf(api: QueryApi, query: string): Promise<number> {
  const { result } = await ask(api, query, Date.now());
  return result.reduce((sum, one) => sum + Number('value' in one ? one.value[1] : 0), 0);
}

/** The raw samples that a selector finds between two moments (milliseconds, both excluded). */
export async function samplesBetween(
  api: QueryApi,
  selector: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly PrometheusSamples[]> {
  const { result } = await ask(api, `${selector}[${Math.max(1, Math.ceil((to - from) / 1000))}s]`, to);
  return result.map((one) => ({
    metric: one.metric,
    samples: ('values' in one ? one.values : [])
      .map(([at, value]) => [Math.round(at * 1000), value] as const)
      .filter(([at]) => at > from && at < to),
  }));
}

/** What `count_over_time` says of a selector up to a moment. */
export async function countOver(
  api: QueryApi,
  selector: string,
  { from, to }: { from: number; to: number },
): Promise<number> {
  const { result } = await ask(api, `count_over_time(${selector}[${to - from}ms])`, to);
  return result.reduce((sum, one) => sum + Number('value' in one ? one.value[1] : 0), 0);
}

interface QueryData {
  readonly result: readonly (
    | { readonly metric: Record<string, string>; readonly value: readonly [number, string] }
    | { readonly metric: Record<string, string>; readonly values: readonly (readonly [number, string])[] }
  )[];
}

async function ask({ url, key }: QueryApi, query: string, time: number): Promise<QueryData> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: new URLSearchParams({ query, time: String(time / 1000) }),
  });
  if (!response.ok) throw new Error(`${query}: ${response.status} ${await response.text()}`);
  // The cast holds for what answers as the HTTP API of Prometheus does; a test that sees something else fails.
  const { data } = (await response.json()) as { readonly data: QueryData };
  return data;
}
