/**
 * The least that stores what it is sent before it says so: Node's HTTP server without routing, credentials, parsing or stages,
 * which puts the bodies that wait into one row each of a PostgreSQL of its own, by one statement and one flush. Run as a process: tells
 * its address over IPC and ends with the other side.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { startTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';

await using server = await startTestServer();
await using place = await server.createDatabase();
await using database = await openDatabase({ url: place.url });
await database.runAlone({
  text: 'create table body (id bigserial primary key, bytes bytea storage external not null)',
});

const storeBodies = `insert into body (bytes)
  select substring($1::bytea from start + 1 for length) from unnest($2::int[], $3::int[]) as piece(start, length)`;

interface WaitingBody {
  readonly bytes: Buffer;
  readonly stored: () => void;
}
let waiting: WaitingBody[] = [];
let isFlushing = false;

async function flush(): Promise<void> {
  if (isFlushing) return;
  isFlushing = true;
  while (waiting.length > 0) {
    const taken = waiting;
    waiting = [];
    const lengths = taken.map(({ bytes }) => bytes.length);
    let end = 0;
    const starts = lengths.map((length) => (end += length) - length);
    // In one piece: a list of them would go over as text, twice as long.
    const all = Buffer.concat(taken.map(({ bytes }) => bytes));
    await database.runInTurn({ name: 'store', text: storeBodies, values: [all, starts, lengths] });
    for (const { stored } of taken) stored();
  }
  isFlushing = false;
}

const answer = '{}';
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const stored = (): void => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
    };
    waiting.push({ bytes: Buffer.concat(chunks), stored });
    void flush();
  });
});
receiver.listen(0, '127.0.0.1', () => {
  // The cast holds for a TCP listener.
  process.send?.(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}`);
});
await new Promise((resolve) => process.once('disconnect', resolve));
receiver.closeAllConnections();
receiver.close();
