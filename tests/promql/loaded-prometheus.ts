import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../support/free-port.ts';
import { remoteWriteBody, type WrittenSeries } from '../support/remote-write-body.ts';
import type { AskApi } from './loaded-store.ts';

/** A Prometheus as a process of its own. */
export interface LoadedPrometheus extends AsyncDisposable {
  readonly url: string;
}

const config = 'global: { scrape_interval: 1d }\nstorage: { tsdb: { out_of_order_time_window: 2h } }\n';

/** A Prometheus that holds the series and nothing else. Rejects with its last words when it ends instead. */
export async function loadedPrometheus(
  series: readonly WrittenSeries[],
  { binary, folder }: { readonly binary: string; readonly folder: string },
): Promise<LoadedPrometheus> {
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'prometheus.yml');
  await writeFile(file, config);
  const child = spawn(
    binary,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--web.enable-remote-write-receiver',
      '--storage.tsdb.retention.time=100y',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said: string[] = [];
  let isReady = false;
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    isReady = line.includes('ready to receive web requests');
    if (isReady) break;
  }
  if (!isReady) throw new Error(`Prometheus did not start:\n${said.slice(-20).join('\n')}`);
  child.stderr.resume();
  const url = `http://${address}`;
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: new Uint8Array(remoteWriteBody(series)),
  });
  if (!response.ok) throw new Error(`the samples were not taken: ${response.status} ${await response.text()}`);
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export function askPrometheus({ url }: { readonly url: string }): AskApi {
  return async (path, parameters) => {
    const query = new URLSearchParams(parameters.map(([name, value]) => [name, value]));
    const response = await fetch(`${url}${path}?${query.toString()}`);
    return { status: response.status, body: await response.json() };
  };
}
