import { Client } from 'pg';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

/**
 * A program for tests: starts the server in the folder of its first argument, prints its facts as one JSON line, then
 * inserts rows as fast as it can and prints the number of each row once it is durable, until it is killed.
 */
const server = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '' });
process.stdout.write(`${JSON.stringify({ pid: server.pid, port: server.port, recovered: server.recovered })}\n`);
const client = new Client({ connectionString: server.url });
await client.connect();
await client.query('create table if not exists acknowledged (id bigint primary key)');
const found = await client.query<{ next: number }>('select coalesce(max(id), 0)::int + 1 as next from acknowledged');
for (let id = found.rows[0]?.next ?? 1; ; id += 1) {
  await client.query('insert into acknowledged values ($1)', [id]);
  process.stdout.write(`${id}\n`);
}
