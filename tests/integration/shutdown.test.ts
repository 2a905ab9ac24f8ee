import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { postgresServersBelow } from '../support/server-processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A connection that has begun a request and keeps it open. */
async function beginRequest(program: ProgramProcess, head: readonly string[]): Promise<Socket> {
  const { hostname, port } = new URL(program.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined); // the server may reset it: that is what the test is about
  await once(socket, 'connect');
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  return socket;
}

describe('a program that is asked to stop', () => {
  it.each([
    [
      'a body that never ends',
      ['POST /api/v1/signals HTTP/1.1', 'transfer-encoding: chunked', 'content-type: application/json'],
    ],
    ['an idle connection', ['GET /health/live HTTP/1.1']],
    ['a live stream', ['GET /api/v1/stream HTTP/1.1', 'accept: text/event-stream']],
  ])('ends and exits 0 in spite of %s', async (_, head) => {
    await using folder = await temporaryFolder();
    const program = await startProcess(folder.path);
    const socket = await beginRequest(program, [
      ...head,
      'host: localhost',
      `authorization: Bearer ${program.adminKey ?? ''}`,
    ]);
    if (head[0]?.startsWith('POST') === true) socket.write('5\r\n[{"ki\r\n');
    else await once(socket, 'data');
    expect(await program.end('SIGTERM')).toBe(0);
    expect(postgresServersBelow(folder.path)).toEqual([]);
    socket.destroy();
  });

  it('stops with the reason and exit code 1 when its PostgreSQL dies', async () => {
    await using folder = await temporaryFolder();
    const program = await startProcess(folder.path);
    const [server] = postgresServersBelow(folder.path);
    expect(server).toBeDefined();
    const ended = once(program.child, 'exit');
    process.kill(server ?? 0, 'SIGKILL');
    const [code] = (await ended) as [number | null]; // Node's documented arguments
    expect(code).toBe(1);
    // Its last words may arrive after its end.
    await expect.poll(program.stderr).toMatch(/PostgreSQL ended by itself|a service died/);
  });
});
