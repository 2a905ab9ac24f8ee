import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { HeliosError } from '@heliosiq/model';
import type { FastifyInstance } from 'fastify';
import { nothingAt, pathOf } from './problem.ts';
import type { MethodsAt } from './served-paths.ts';

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

/**
 * Serves the built web page from a folder, `index.html` for the page's own paths, and decides what an unknown path is
 * told: OPTIONS and `method-not-allowed` name the methods of a path that is served, the rest is `not-found`. Without a
 * folder there is no page.
 */
export async function serveWeb(
  app: FastifyInstance,
  { webFolder, methodsAt }: { readonly webFolder: string | undefined; readonly methodsAt: MethodsAt },
): Promise<void> {
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
    const path = pathOf(request.url);
    const allowed = methodsAt(path);
    if (allowed.length > 0) {
      reply.header('allow', [...allowed, 'OPTIONS'].join(', '));
      if (request.method === 'OPTIONS') return reply.code(204).send();
      throw new HeliosError('method-not-allowed', `${path.slice(0, 200)} does not know ${request.method}`, {
        field: 'method',
        cure: `Use ${allowed.join(' or ')}`,
      });
    }
    const isPage =
      webFolder !== undefined &&
      request.method === 'GET' &&
      !/^\/(?:api|health|metrics|assets)(?:\/|$)|\.\w+$/.test(path);
    if (isPage) {
      if (folder !== undefined) return reply.sendFile('index.html');
      return reply.type('text/html; charset=utf-8').send(unbuiltPage);
    }
    throw nothingAt(path);
  });
}
