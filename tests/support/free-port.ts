import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what systems give to outgoing connections and to listeners that ask for any port, so that nobody gets one of
 * these between the look and its use. Every worker of a run has a share of its own.
 */
const [lowest, sharePorts, shares] = [10_000, 1000, 10];

/** Browsers and `fetch` refuse it: it was a port of Amanda. (WHATWG Fetch, section on port blocking.) */
const blocked = 10_080;

const share = Number(process.env['VITEST_POOL_ID'] ?? 0) % shares;
let asked = 0;

/** A loopback port that nobody has at the moment, for a program that must come back under the same address. */
export async function freePort(): Promise<number> {
  for (; asked < sharePorts;) {
    // Processes that follow each other in a worker begin at different places.
    const port = lowest + share * sharePorts + ((process.pid * 37 + asked) % sharePorts);
    asked += 1;
    if (port === blocked) continue;
    if (await isFree(port)) return port;
  }
  throw new Error('this process has asked for all the ports of its worker');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
