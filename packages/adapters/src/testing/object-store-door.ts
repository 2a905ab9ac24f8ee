import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request is answered with instead of the truth. */
export type DoorTrouble =
  /** An error of S3. */
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly code: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection breaks before anything is done. */
  | { readonly kind: 'break' }
  /** What was asked is done, and the connection breaks before the answer. */
  | { readonly kind: 'lose-answer' }
  /** Nothing is ever answered. */
  | { readonly kind: 'stall' }
  /** The answer's body stops half way: the connection breaks, or stays open for ever. */
  | { readonly kind: 'cut' | 'stall-half-way' }
  /** A byte of the answer's body is another one. */
  | { readonly kind: 'spoil' };

/** A request as the door saw it. */
export interface DoorRequest {
  readonly method: string;
  /** Key in the bucket; empty for the bucket itself. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ObjectStoreDoor extends AsyncDisposable {
  readonly url: string;
  readonly bucket: string;
  readonly requests: readonly DoorRequest[];
  readonly objects: Map<string, { bytes: Buffer; metadata: Record<string, string> }>;
  /** The next requests that this returns trouble for have it; replaces what was set before. */
  trouble: (request: DoorRequest) => DoorTrouble | undefined;
}

export interface ObjectStoreDoorOptions {
  /** False for a server that answers conditional writes with 501. */
  readonly knowsConditions?: boolean;
  /** The keys in a listing, at most. */
  readonly pageMax?: number;
  /** False for a server that lists keys in another order than their bytes'. */
  readonly isOrdered?: boolean;
}

/**
 * A server on loopback that speaks as much of the S3 API as a blob store needs (path style, one bucket, no signatures), and
 * misbehaves when it is told to. What it has is in memory.
 */
export async function openObjectStoreDoor({
  knowsConditions = true,
  pageMax = 1000,
  isOrdered = true,
}: ObjectStoreDoorOptions = {}): Promise<ObjectStoreDoor> {
  const bucket = 'bronze';
  const objects: ObjectStoreDoor['objects'] = new Map();
  const requests: DoorRequest[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://door');
    const [, asked = '', ...segments] = url.pathname.split('/');
    const told: DoorRequest = { method: request.method ?? '', key: segments.join('/'), headers: request.headers };
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push(told);
    const trouble = door.trouble(told);
    if (trouble?.kind === 'break') return void request.socket.destroy();
    if (trouble?.kind === 'stall') return;
    if (trouble?.kind === 'refuse') return refuse(response, trouble);
    const result =
      decodeURIComponent(asked) !== bucket
        ? failed(404, 'NoSuchBucket')
        : told.key === ''
          ? listed(url.searchParams)
          : worked(told, body);
    if (trouble?.kind === 'lose-answer') return void request.socket.destroy();
    if ('code' in result) return refuse(response, result);
    await send(response, told.method === 'HEAD' ? { ...result, isHead: true } : result, trouble);
  }

  interface Result {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly body?: Buffer;
    readonly isHead?: boolean;
  }
  type Failed = Extract<DoorTrouble, { kind: 'refuse' }>;
  const failed = (status: number, code: string): Failed => ({ kind: 'refuse', status, code });

  function worked({ method, key, headers }: DoorRequest, body: Buffer): Result | Failed {
    const found = objects.get(key);
    if (method === 'DELETE') {
      objects.delete(key);
      return { status: 204 };
    }
    if (method === 'PUT') {
      if (headers['if-none-match'] !== undefined) {
        if (!knowsConditions) return failed(501, 'NotImplemented');
        if (found !== undefined) return failed(412, 'PreconditionFailed');
      }
      const digest = createHash('sha256').update(body).digest('base64');
      if ((headers['x-amz-checksum-sha256'] ?? digest) !== digest) return failed(400, 'BadDigest');
      const metadata = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
      objects.set(key, {
        bytes: body,
        metadata: Object.fromEntries(metadata.map(([name, text]) => [name, String(text)])),
      });
      return { status: 200 };
    }
    if (found === undefined) return failed(404, 'NoSuchKey');
    const { bytes, metadata } = found;
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    if (headers['if-match'] !== undefined && headers['if-match'] !== etag) return failed(412, 'PreconditionFailed');
    const from = Number(/^bytes=(\d+)-$/.exec(String(headers['range']))?.[1] ?? 0);
    return { status: from > 0 ? 206 : 200, headers: { ...metadata, etag }, body: bytes.subarray(from) };
  }

  function listed(question: URLSearchParams): Result {
    const after = question.get('start-after') ?? '';
    const keys = [...objects.keys()]
      .sort()
      .filter((key) => key.startsWith(question.get('prefix') ?? '') && key > after);
    if (!isOrdered) keys.reverse();
    const page = keys.slice(0, Math.min(pageMax, Number(question.get('max-keys') ?? 1000)));
    const contents = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
    const isTruncated = page.length < keys.length;
    const text = `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${contents}</ListBucketResult>`;
    return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) };
  }

  async function send(response: ServerResponse, result: Result, trouble: DoorTrouble | undefined): Promise<void> {
    const bytes = Buffer.from(result.body ?? Buffer.of());
    if (trouble?.kind === 'spoil' && bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 1;
    response.writeHead(result.status, { ...result.headers, 'content-length': String(bytes.length) });
    if (result.isHead === true) return void response.end();
    if (trouble?.kind !== 'cut' && trouble?.kind !== 'stall-half-way') return void response.end(bytes);
    response.write(bytes.subarray(0, bytes.length / 2), () => {
      if (trouble.kind === 'cut') response.socket?.destroy();
    });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  // A test that is held up on a busy machine must not find its connections closed.
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  const door: ObjectStoreDoor = {
    url: `http://127.0.0.1:${port}`,
    bucket,
    requests,
    objects,
    trouble: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return door;
}

function refuse(
  response: ServerResponse,
  { status, code, headers = {} }: Extract<DoorTrouble, { readonly kind: 'refuse' }>,
): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/xml' });
  response.end(`<Error><Code>${code}</Code><Message>as it was told</Message></Error>`);
}

/** Trouble for the first requests that a test picks, then none. */
export function troubleFor(
  times: number,
  picks: (request: DoorRequest) => boolean,
  trouble: DoorTrouble,
): ObjectStoreDoor['trouble'] {
  let left = times;
  return (request) => (left > 0 && picks(request) && left-- > 0 ? trouble : undefined);
}
