import { createServer } from 'node:net';
import { once } from 'node:events';
import { errorCode } from './error-code.ts';

/** Binds a TCP port of the loopback address for a moment: the port (a free one for 0), or undefined when it is taken. */
export async function probePort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE' || errorCode(error) === 'EACCES') return undefined;
    throw error;
  } finally {
    if (server.listening) {
      server.close();
      await once(server, 'close');
    }
  }
}
