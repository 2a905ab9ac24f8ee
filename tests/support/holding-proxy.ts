import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before a server and keeps its answers back from some request on, so that a test can act while one is under way. */
interface HoldingProxy extends AsyncDisposable {
  readonly url: string;
  /** How many answers are kept back. */
  readonly held: () => number;
  /** From now on every answer is handed on; those that were kept back never are. */
  release(): void;
}

/** Hands the first `passed` requests and their answers on; later requests reach the server and get no answer. */
export async function openHoldingProxy(target: string, passed: number): Promise<HoldingProxy> {
  let isHolding = true;
  let [seen, held] = [0, 0];

  async function handOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    seen += 1;
    const isHeld = isHolding && seen > passed;
    const { method = 'GET', url = '/', headers } = request;
    const outgoing = sendRequest(new URL(url, target), { method, headers });
    request.pipe(outgoing);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]; // Node's documented arguments
    if (isHeld) {
      answer.resume();
      held += 1;
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  }

  const server = createServer((request, response) => {
    handOn(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP listener
  return {
    url: `http://127.0.0.1:${port}`,
    held: () => held,
    release: () => void (isHolding = false),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
