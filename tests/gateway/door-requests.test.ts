import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { DoorRequest, HttpDoor } from '@heliosiq/ports';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openGateway, type OpenGateway } from './open-gateway.ts';

let doors: OpenGateway;
let seen: DoorRequest[] = [];
/** Resolves when a door has got a request that it does not answer. */
let arrival = Promise.withResolvers<DoorRequest>();

const answering = (name: string, path: string, more: Partial<HttpDoor> = {}): HttpDoor => ({
  name,
  method: 'GET',
  path,
  handle: async (request) => {
    seen.push(request);
    return { status: 200, body: name };
  },
  ...more,
});

beforeAll(async () => {
  doors = await openGateway({
    httpDoors: [
      answering('parts', '/things/:name/values'),
      answering('selected', '/api/v1/topology', { onlyWithQuery: 'match[]' }),
      answering('other', '/api/v1/topology', { onlyWithQuery: 'other' }),
      answering('slow', '/slow', {
        handle: (request) => {
          arrival.resolve(request);
          return new Promise(() => {});
        },
      }),
    ],
    settings: { answerTimeoutMs: 20_000 },
  });
});
afterAll(() => doors.close());
beforeEach(() => {
  seen = [];
  arrival = Promise.withResolvers();
});

const textOf = async (path: string): Promise<string> => (await doors.request(path)).text();

describe('the request that a door gets', () => {
  it('has the parts of its path, decoded, and the query as it was sent', async () => {
    await textOf('/things/a%20b/values?match[]=x&match%5B%5D=y&limit=');
    expect(seen[0]).toMatchObject({ pathParts: { name: 'a b' }, queryText: 'match[]=x&match%5B%5D=y&limit=' });
    await textOf('/things/c/values');
    expect(seen[1]).toMatchObject({ pathParts: { name: 'c' }, queryText: '' });
  });

  it('tells when the asker has gone', async () => {
    const asking = httpRequest(`${doors.url}/slow`, {
      headers: { authorization: `Bearer ${await doors.keyOf('viewer')}` },
    });
    asking.on('error', () => {});
    asking.end();
    const { signal } = await arrival.promise;
    expect(signal?.aborted).toBe(false);
    const aborted = signal && once(signal, 'abort');
    asking.destroy();
    await aborted;
    expect(signal?.aborted).toBe(true);
  });
});

describe('a path that doors share with the API', () => {
  it.each([
    ['/api/v1/topology?match[]=x', 'selected'],
    ['/api/v1/topology?a=1&match%5B%5D=x&match[]=y', 'selected'],
    ['/api/v1/topology?other', 'other'],
  ])('%s is for the door %s', async (path, name) => {
    expect(await textOf(path)).toBe(name);
  });

  it.each(['/api/v1/topology', '/api/v1/topology?', '/api/v1/topology?x=match[]', '/api/v1/topology?%0Amatch[]=x'])(
    '%s is for the API',
    async (path) => {
      const text = await textOf(path);
      expect(text).not.toBe('selected');
      expect(text).not.toBe('other');
    },
  );
});
