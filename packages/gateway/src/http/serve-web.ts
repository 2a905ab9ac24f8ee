import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { routes } from '@heliosiq/api';
import type { Route } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/model';
import type { FastifyInstance } from 'fastify';

const yearS = 31_536_000;
const unbuiltPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>HeliosIQ</title>
<h1>HeliosIQ runs</h1>
<p>The web page is not built. Build it with <code>npm run build</code> and load this page again.</p>
<p>The API is described in <a href="/openapi.json">/openapi.json</a>.</p>
</html>
`;
const knownPaths = Object.values<Route>(routes).map(({ method, path }) => ({
  method,
  form: new RegExp(`^${path.replace(/\./g, '\\.').replace(/:\w+/g, '[^/]+')}$`),
}));

/**
 * Serves the built web page from a folder, `index.html` for the page's own paths, and decides what an unknown path is
 * told: `method-not-allowed` for a path of the contract, else `not-found`.
 */
export async function serveWeb(app: FastifyInstance, webFolder: string | undefined): Promise<void> {
  const folder = webFolder !== undefined && existsSync(join(webFolder, 'index.html')) ? webFolder : undefined;
  if (folder !== undefined) {
    await app.register(fastifyStatic, {
      root: folder,
      index: 'index.html',
      cacheControl: false,
      dotfiles: 'deny',
      setHeaders(reply, path) {
        const isHashed = path.includes('/assets/');
        reply.header('cache-control', isHashed ? `public, max-age=${yearS}, immutable` : 'no-cache');
      },
    });
  }
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = knownPaths.filter(({ form }) => form.test(path)).map(({ method }) => method);
    if (allowed.length > 0) {
      reply.header('allow', allowed.join(', '));
      throw new HeliosError('method-not-allowed', `${path.slice(0, 200)} does not know ${request.method}`, {
        field: 'method',
        cure: `Use ${allowed.join(' or ')}`,
      });
    }
    const isPage = request.method === 'GET' && !/^\/(?:api|health|metrics|assets)(?:\/|$)|\.\w+$/.test(path);
    if (isPage) {
      if (folder !== undefined) return reply.sendFile('index.html');
      return reply.type('text/html; charset=utf-8').send(unbuiltPage);
    }
    throw new HeliosError('not-found', `There is nothing at ${path.slice(0, 200)}`, {
      cure: 'Look it up in /openapi.json',
    });
  });
}
