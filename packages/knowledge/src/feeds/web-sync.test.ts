import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createKnowledge } from '../knowledge.ts';
import { isPrivateAddress } from './private-address.ts';
import { syncWeb } from './web-sync.ts';
import type { WebSync } from './web-sync.ts';

// Threads and sockets take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const acme = TenantId.parse('acme');

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A web server whose paths can be changed; it counts what it is asked for. */
async function webServer(paths: Record<string, Answer>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const answer = paths[path];
    if (answer === undefined) response.writeHead(404).end('no such thing');
    else answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return { url: `http://127.0.0.1:${port}`, asked, paths };
}

/** Answers with a body, or 304 to whoever has it already. */
function file(text: string | Uint8Array, contentType = 'text/markdown', validator: 'etag' | 'date' = 'etag'): Answer {
  const etag = `"${text.length}-${String(text).slice(-12).replaceAll(/[^\w]/g, '')}"`;
  const date = 'Mon, 02 Mar 2026 10:00:00 GMT';
  return (request, response) => {
    const isKnown =
      validator === 'etag' ? request.headers['if-none-match'] === etag : request.headers['if-modified-since'] === date;
    const headers = validator === 'etag' ? { etag } : { 'last-modified': date };
    if (isKnown) response.writeHead(304, headers).end();
    else response.writeHead(200, { ...headers, 'content-type': contentType }).end(text);
  };
}

function indexOf(...links: readonly string[]): Answer {
  const rows = links.map((link) => `<tr><td><a href="${link}">${link}</a></td></tr>`).join('\n');
  return (_, response) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(
        `<html><body><h1>Index of /</h1><a href="?C=N;O=D">Name</a> <a href="../">Parent</a><table>${rows}</table></body></html>`,
      );
}

function setting(web: string, more: Partial<WebSync> = {}) {
  const states = createMemoryStateStore();
  const library = createKnowledge({ documents: createMemoryDocumentStore(), state: states, now: () => 0 });
  const sync = (tags: readonly string[] = []) => {
    const limits = { pauseMs: 0, ...more.limits };
    const wanted = { name: 'manuals', web, allowPrivate: true, tags, ...more, limits };
    return syncWeb({ library, states }, acme, { ...wanted, signal: AbortSignal.timeout(110_000) });
  };
  const sources = async () => (await library.list(acme, { limit: 1000 })).map(({ source }) => source).toSorted();
  return { library, sync, sources };
}

describe('a folder on the web', () => {
  it('becomes documents, file by file and folder by folder, and only what changed is sent again', async () => {
    const { url, asked, paths } = await webServer({
      '/m/': indexOf('a.md', 'pumps/', 'photo.png', 'a.md#top', '/elsewhere.md', 'https://example.com/x.md'),
      '/m/a.md': file('# A\n\nThe seal of pump A is blue.'),
      '/m/pumps/': indexOf('b%20c.html', '../', '../a.md', './'),
      '/m/pumps/b%20c.html': file('<html><h1>B</h1><p>The seal of pump B is green.</p></html>', 'text/html', 'date'),
    });
    const { library, sync, sources } = setting(`${url}/m/`);
    expect(await sync()).toMatchObject({
      written: ['manuals/a.md', 'manuals/pumps/b c.html'],
      removed: [],
      refused: [],
      failed: [],
    });
    expect(asked.toSorted()).toEqual(['/m/', '/m/a.md', '/m/pumps/', '/m/pumps/b%20c.html']);
    expect((await library.search(acme, 'green seal', { limit: 1 }))[0]?.source).toBe('manuals/pumps/b c.html');

    expect(await sync()).toMatchObject({ written: [], removed: [], files: 2 });
    paths['/m/a.md'] = file('# A\n\nThe seal of pump A is violet.');
    expect(await sync()).toMatchObject({ written: ['manuals/a.md'], removed: [] });
    // A file that is not named any more, and one that is named and gone.
    paths['/m/'] = indexOf('a.md');
    expect(await sync()).toMatchObject({ written: [], removed: ['manuals/pumps/b c.html'] });
    delete paths['/m/a.md'];
    expect(await sync()).toMatchObject({ removed: ['manuals/a.md'] });
    expect(await sources()).toEqual([]);
  });

  it('is read again for other tags', async () => {
    const { url } = await webServer({ '/': indexOf('a.md'), '/a.md': file('Some text.') });
    const { library, sync } = setting(`${url}/`);
    await sync();
    expect(await sync(['product:px-9'])).toMatchObject({ written: ['manuals/a.md'] });
    expect((await library.list(acme, { limit: 1 }))[0]?.tags).toContain('product:px-9');
  });

  it('may be named by a sitemap of sitemaps, or by a list of addresses', async () => {
    const { url, paths } = await webServer({
      '/one/intro': file('<html><title>Intro</title><p>The first page.</p></html>', 'text/html'),
      '/one/two.txt': file('The second page.', 'text/plain'),
    });
    const place = (path: string): string => `<loc> ${url}${path} </loc>`;
    paths['/sitemap.xml'] = file(
      `<?xml version="1.0"?><sitemapindex><sitemap>${place('/part.xml')}</sitemap></sitemapindex>`,
      'text/xml',
    );
    paths['/part.xml'] = file(
      `<urlset><url>${place('/one/intro')}</url><url>${place('/one/two.txt')}</url><url><loc>http://other.example/x.md</loc></url></urlset>`,
      'text/xml',
    );
    paths['/list.txt'] = file(
      `# what there is\n${url}/one/two.txt\none/intro\nhttp://other.example/x.md\n`,
      'text/plain',
    );
    const wanted = ['manuals/one/intro.html', 'manuals/one/two.txt'];
    for (const path of ['/sitemap.xml', '/list.txt']) {
      const { sync, sources } = setting(url + path);
      expect((await sync()).written.toSorted()).toEqual(wanted);
      expect(await sources()).toEqual(wanted);
    }
  });

  it('that fails in places changes nothing there, and is made up for later', async () => {
    const { url, paths } = await webServer({
      '/': indexOf('a.md', 'b.md', 'cut.md', 'sub/'),
      '/a.md': file('Page a.'),
      '/b.md': file('Page b.'),
      '/cut.md': file('Page cut.'),
      '/sub/': indexOf('c.md'),
      '/sub/c.md': file('Page c.'),
    });
    const { sync, sources } = setting(`${url}/`);
    const all = ['manuals/a.md', 'manuals/b.md', 'manuals/cut.md', 'manuals/sub/c.md'];
    expect((await sync()).written.toSorted()).toEqual(all);
    paths['/b.md'] = (_, response) => response.writeHead(500).end('broken');
    paths['/cut.md'] = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half of');
      response.destroy();
    };
    paths['/sub/'] = (_, response) => response.destroy();
    const report = await sync();
    expect(report.failed.map(({ source }) => source).toSorted()).toEqual([
      `${url}/sub/`,
      'manuals/b.md',
      'manuals/cut.md',
    ]);
    expect(report).toMatchObject({ written: [], removed: [] });
    expect(await sources()).toEqual(all);
    paths['/sub/'] = indexOf();
    paths['/b.md'] = file('Page b, mended.');
    expect(await sync()).toMatchObject({ written: ['manuals/b.md'], removed: ['manuals/sub/c.md'] });
    paths['/'] = (_, response) => response.writeHead(500).end();
    await expect(sync()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('500') });
  });

  it('waits a little where the server is busy, and ends the run for a longer pause', async () => {
    let refusals = 1;
    const { url, paths, asked } = await webServer({
      '/': indexOf('a.md', 'b.md', 'c.md'),
      '/a.md': (request, response) => {
        if (refusals-- > 0) response.writeHead(429, { 'retry-after': '0' }).end();
        else file('Page a.')(request, response);
      },
      '/b.md': (_, response) => response.writeHead(503, { 'retry-after': '120' }).end(),
      '/c.md': file('Page c.'),
    });
    const { sync, sources } = setting(`${url}/`);
    expect(await sync()).toMatchObject({ written: ['manuals/a.md'], retryAfterMs: 120_000 });
    expect(asked).not.toContain('/c.md');
    paths['/b.md'] = file('Page b.');
    expect(await sync()).toMatchObject({ written: ['manuals/b.md', 'manuals/c.md'] });
    const at = 'Mon, 02 Mar 2026 10:00:00 GMT';
    paths['/'] = (_, response) => {
      response.writeHead(429, { date: at, 'retry-after': 'Mon, 02 Mar 2026 10:01:00 GMT' }).end();
    };
    expect(await sync()).toMatchObject({ removed: [], retryAfterMs: 60_000 });
    expect(await sources()).toHaveLength(3);
  });

  it('gives up what never ends, and goes on with the rest', async () => {
    const { url } = await webServer({
      '/': indexOf('stall.md', 'drip.md', 'a.md'),
      '/stall.md': () => undefined,
      '/drip.md': (_, response) => {
        response.writeHead(200, { 'content-type': 'text/markdown' }).write('one word');
      },
      '/a.md': file('Page a.'),
    });
    const { sync, sources } = setting(`${url}/`, { limits: { requestTimeoutMs: 3000 } });
    // A machine that is too busy to give even the good ones in that time gets another run.
    await vi.waitFor(
      async () => {
        const { failed } = await sync();
        expect(await sources()).toEqual(['manuals/a.md']);
        for (const name of ['manuals/stall.md', 'manuals/drip.md']) {
          expect(failed).toContainEqual({ source: name, reason: 'it took longer than 3 s' });
        }
      },
      { timeout: 100_000 },
    );
  });

  it('refuses what is too large, of another type, packed, forbidden, or redirected away or in a circle', async () => {
    const other = await webServer({ '/x.md': file('Of another server.') });
    const { url } = await webServer({
      '/': indexOf(
        'huge.md',
        'endless.md',
        'login.pdf',
        'cat.md',
        'packed.md',
        'closed.md',
        'away.md',
        'circle.md',
        'moved.md',
        'nul.md',
      ),
      '/huge.md': (_, response) => response.writeHead(200, { 'content-length': String(51 * 2 ** 20) }).write('x'),
      '/endless.md': (_, response) => {
        const more = (): void => {
          while (response.writable && response.write('x'.repeat(2 ** 20))) if (response.destroyed) return;
        };
        response.writeHead(200, { 'content-type': 'text/markdown' }).on('drain', more);
        more();
      },
      '/login.pdf': file('<html><p>Please log in.</p></html>', 'text/html; charset=utf-8'),
      '/cat.md': file('meow', 'image/png'),
      '/packed.md': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      '/closed.md': (_, response) => response.writeHead(403).end(),
      '/away.md': (_, response) => response.writeHead(302, { location: `${other.url}/x.md` }).end(),
      '/circle.md': (_, response) => response.writeHead(302, { location: '/circle.md' }).end(),
      '/moved.md': (_, response) => response.writeHead(301, { location: '/new/moved.md' }).end(),
      '/new/moved.md': file('Moved here.'),
      '/nul.md': file(new Uint8Array([35, 0, 1, 2])),
    });
    const { sync, sources } = setting(`${url}/`, { limits: { requestTimeoutMs: 100_000 } });
    const { refused, written } = await sync();
    const reasonOf = Object.fromEntries(refused.map(({ source, reason }) => [source.replace('manuals/', ''), reason]));
    expect(reasonOf).toMatchObject({
      'huge.md': expect.stringContaining('larger than 50 MiB'),
      'endless.md': expect.stringContaining('larger than 50 MiB'),
      'login.pdf': expect.stringContaining('a page instead of the file'),
      'cat.md': expect.stringContaining('image/png'),
      'packed.md': expect.stringContaining('gzip'),
      'closed.md': expect.stringContaining('403'),
      'away.md': expect.stringContaining('another server'),
      'circle.md': expect.stringContaining('more than 5 times'),
      'nul.md': expect.stringMatching(/NUL|not text/),
    });
    expect(written).toEqual(['manuals/moved.md']);
    expect(await sources()).toEqual(['manuals/moved.md']);
    expect(other.asked).toEqual([]);
    // Told once.
    expect((await sync()).refused.map(({ source }) => source)).not.toContain('manuals/cat.md');
  });

  it('without end is read up to its limits, and nothing is removed for what lies beyond', async () => {
    const { url, paths } = await webServer({});
    const answerAll: Answer = (request, response) => indexOf('deeper/', 'a.md', 'b.md')(request, response);
    paths['/'] = answerAll;
    for (let path = '/deeper/', depth = 0; depth < 30; depth += 1, path += 'deeper/') paths[path] = answerAll;
    for (const path of Object.keys(paths)) {
      paths[`${path}a.md`] = file(`Page of ${path}.`);
      paths[`${path}b.md`] = file(`Other page of ${path}.`);
    }
    const { sync, sources } = setting(`${url}/`, { limits: { depthMax: 3, filesMax: 5 } });
    const report = await sync();
    expect(report.written).toHaveLength(5);
    expect(report.failed).toEqual([{ source: `${url}/`, reason: 'only its first 5 files are read' }]);
    const kept = await sources();
    paths['/'] = indexOf('deeper/', 'c.md', 'd.md');
    paths['/c.md'] = file('Page c.');
    paths['/d.md'] = file('Page d.');
    expect((await sync()).removed).toEqual([]);
    expect(await sources()).toEqual(expect.arrayContaining([...kept]));
  });

  it('on a private network is refused unless it is allowed, also where a name or a redirect leads there', async () => {
    const { url } = await webServer({ '/': indexOf('a.md'), '/a.md': file('Secret.') });
    const port = new URL(url).port;
    for (const web of [`${url}/`, `http://localhost:${port}/`, `http://[::ffff:127.0.0.1]:${port}/`]) {
      const { sync } = setting(web, { allowPrivate: false });
      await expect(sync()).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('private network'),
      });
    }
  });
});

describe('isPrivateAddress', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1%eth0',
    'fd00::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    'ff02::1',
    'nonsense',
  ])('says yes to %s', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });
  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])('says no to %s', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });
});
