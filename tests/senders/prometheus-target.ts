import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Something to scrape: counters, a histogram, and a series that comes and goes, so that its end is marked. */
export interface ScrapeTarget extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
}

export async function openScrapeTarget(name: string): Promise<ScrapeTarget> {
  let scrapes = 0;
  const server = createServer((_request, response) => {
    scrapes += 1;
    const passing = scrapes % 7 < 4 ? [`passing{target="${name}"} ${scrapes}`] : [];
    const lines = [
      '# TYPE work_total counter',
      ...Array.from({ length: 30 }, (_, part) => `work_total{target="${name}",part="${part}"} ${scrapes * part}`),
      '# TYPE delay_seconds histogram',
      ...[0.1, 1, 10].map(
        (bound, place) => `delay_seconds_bucket{target="${name}",le="${bound}"} ${scrapes * (place + 1)}`,
      ),
      `delay_seconds_bucket{target="${name}",le="+Inf"} ${scrapes * 4}`,
      `delay_seconds_sum{target="${name}"} ${scrapes / 3}`,
      `delay_seconds_count{target="${name}"} ${scrapes * 4}`,
      `odd{target="${name}",kind="nan"} NaN`,
      `odd{target="${name}",kind="endless"} +Inf`,
      `odd{target="${name}",kind="zero"} 0`,
      ...passing,
    ];
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`${lines.join('\n')}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // the cast holds for a TCP listener
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
