import { cp, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.ts';

/** A fresh, empty database for one test file. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** A server for tests; `createDatabase` gives each caller a database of its own. */
export interface TestServer extends AsyncDisposable {
  createDatabase(): Promise<TestDatabase>;
}

/**
 * Starts an embedded server in a temporary folder. The empty cluster is made once per machine and copied, so that a
 * test file waits for a copy and a start (about half a second) and not for `initdb`.
 */
export async function startTestServer(): Promise<TestServer> {
  const home = await mkdtemp(path.join(tmpdir(), 'heliosiq-test-'));
  const server = await startCopy(home).catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true });
    throw error;
  });
  // The role of programs may not create databases: the cluster's superuser does.
  const admin = new URL(server.url);
  admin.username = 'helios_admin';
  return {
    createDatabase: () => createDatabase(admin.href, { owner: 'helios', url: server.url }),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      // A process of the server may still be at its last file.
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

async function startCopy(dataDir: string): Promise<EmbeddedPostgres> {
  await copyEmptyCluster(dataDir);
  return startEmbeddedPostgres({ dataDir });
}

/** Fills a folder with what the embedded server's first start would make there. */
export async function copyEmptyCluster(dataDir: string): Promise<void> {
  await cp(await templateFolder(), dataDir, { recursive: true, force: true });
}

/** Uses a server that runs already, such as a PostgreSQL 15 installed beside. */
export function useTestServer(url: string): TestServer {
  return {
    createDatabase: () => createDatabase(url, { owner: undefined, url }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A fresh database on a server of its own: the shortest way for a test file that needs one. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = await startTestServer();
  try {
    const database = await server.createDatabase();
    return { url: database.url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function createDatabase(
  adminUrl: string,
  options: { readonly owner: string | undefined; readonly url: string },
): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(
    adminUrl,
    `create database ${name}${options.owner === undefined ? '' : ` owner ${escapeIdentifier(options.owner)}`}`,
  );
  const url = new URL(options.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => onServer(adminUrl, `drop database if exists ${name} with (force)`),
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A stopped server's folder in the folder for temporary files, made by whoever comes first. */
async function templateFolder(): Promise<string> {
  // Another way to make clusters makes another template.
  const recipe = await readFile(new URL('../embedded-postgres/create-cluster.ts', import.meta.url));
  const folder = path.join(
    tmpdir(),
    `heliosiq-test-template-${sha256Hex(recipe).slice(0, 12)}-${process.getuid?.() ?? 0}`,
  );
  if ((await stat(folder).catch(() => undefined)) !== undefined) return folder;
  const draft = await mkdtemp(`${folder}-`);
  const server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir: draft });
  await server.stop();
  await rm(path.join(draft, 'port'));
  await rename(draft, folder).catch(async () => {
    // Another worker was faster.
    await rm(draft, { recursive: true, force: true });
  });
  return folder;
}
