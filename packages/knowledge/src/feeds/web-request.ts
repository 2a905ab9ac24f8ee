/** One careful GET: bounded in bytes and time, to public addresses only, redirected within its origin. */

import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from './private-address.ts';

export interface WebRequest {
  readonly url: URL;
  /** A private address is refused unless this is set. */
  readonly allowPrivate: boolean;
  readonly bytesMax: number;
  /** For the whole of it, redirects included. */
  readonly timeoutMs: number;
  /** What was kept from the last answer: an unchanged file is not sent again. */
  readonly known?: { readonly etag?: string; readonly modified?: string } | undefined;
  readonly signal: AbortSignal;
}

/** What came of a request; everything but an abort is a value. */
export type WebAnswer =
  | {
      readonly kind: 'body';
      /** After redirects. */
      readonly url: URL;
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** Without parameters, lower case; empty when the server says none. */
      readonly contentType: string;
      readonly etag?: string;
      readonly modified?: string;
    }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'gone' }
  /** The server asks for a pause. */
  | { readonly kind: 'busy'; readonly retryAfterMs: number }
  /** It will not be better next time: too large, encoded, elsewhere. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** An outage: it may be better next time. */
  | { readonly kind: 'failed'; readonly reason: string };

const REDIRECTS_MAX = 5;
const HEADER_BYTES_MAX = 32 * 1024;
const RETRY_AFTER_DEFAULT_MS = 30_000;
const RETRY_AFTER_MAX_MS = 3_600_000;

/** Gets an address. Rejects only when the signal aborts. */
export async function getWebFile(wanted: WebRequest): Promise<WebAnswer> {
  const late = AbortSignal.timeout(wanted.timeoutMs);
  const signal = AbortSignal.any([wanted.signal, late]);
  let url = wanted.url;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
    const answer = await getOnce({ ...wanted, url, signal }).catch((error: unknown): WebAnswer => {
      wanted.signal.throwIfAborted();
      if (late.aborted) return { kind: 'failed', reason: `it took longer than ${wanted.timeoutMs / 1000} s` };
      if (error instanceof PrivateTarget) return { kind: 'refused', reason: error.message };
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
    });
    if (!(answer instanceof URL)) return answer;
    if (answer.origin !== wanted.url.origin) return { kind: 'refused', reason: 'it is redirected to another server' };
    url = answer;
    url.username = wanted.url.username;
    url.password = wanted.url.password;
  }
  return { kind: 'refused', reason: `it is redirected more than ${REDIRECTS_MAX} times` };
}

class PrivateTarget extends Error {}

function getOnce(wanted: WebRequest): Promise<WebAnswer | URL> {
  const { url, allowPrivate, known, signal } = wanted;
  return new Promise((resolve, reject) => {
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (!allowPrivate && isIP(literal) !== 0 && isPrivateAddress(literal)) return reject(privateTarget(url));
    const headers: Record<string, string> = { 'user-agent': 'HeliosIQ', accept: '*/*', 'accept-encoding': 'identity' };
    if (known?.etag !== undefined) headers['if-none-match'] = known.etag;
    if (known?.modified !== undefined) headers['if-modified-since'] = known.modified;
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const sent = send(
      url,
      {
        headers,
        signal,
        agent: false,
        maxHeaderSize: HEADER_BYTES_MAX,
        ...(!allowPrivate && { lookup: publicLookup(url) }),
      },
      (response) => {
        readAnswer(response, wanted).then(resolve, reject);
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

/** Resolves a name and refuses it when one of its addresses is private: the addresses that are checked are those used. */
function publicLookup(url: URL): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      const [first] = found ?? [];
      if (error !== null || first === undefined) {
        return callback(error ?? new Error(`${hostname} has no address`), '');
      }
      if (found.some(({ address }) => isPrivateAddress(address))) return callback(privateTarget(url), '');
      if (options.all === true) return callback(null, found);
      callback(null, first.address, first.family);
    });
  };
}

function privateTarget(url: URL): PrivateTarget {
  return new PrivateTarget(`${url.hostname} is an address of a private network, which allowPrivate has to allow`);
}

async function readAnswer(response: IncomingMessage, { url, bytesMax }: WebRequest): Promise<WebAnswer | URL> {
  const status = response.statusCode ?? 0;
  const leave = (answer: WebAnswer | URL): WebAnswer | URL => {
    response.destroy();
    return answer;
  };
  if (status === 304) return leave({ kind: 'unchanged' });
  if (status === 404 || status === 410) return leave({ kind: 'gone' });
  if (status === 429 || status === 503) {
    return leave({ kind: 'busy', retryAfterMs: retryAfterOf(response.headers['retry-after'], response.headers.date) });
  }
  if (status >= 300 && status < 400) {
    const location = response.headers.location ?? '';
    if (!URL.canParse(location, url.href))
      return leave({ kind: 'failed', reason: `it answers ${status} without a place` });
    return leave(new URL(location, url.href));
  }
  if (status === 401 || status === 403) return leave({ kind: 'refused', reason: `it is not allowed (${status})` });
  if (status !== 200) return leave({ kind: 'failed', reason: `the server answers ${status}` });
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    return leave({ kind: 'refused', reason: `it is packed with ${encoding}, which was not asked for` });
  const tooLarge: WebAnswer = { kind: 'refused', reason: `it is larger than ${Math.floor(bytesMax / 2 ** 20)} MiB` };
  if (Number(response.headers['content-length'] ?? 0) > bytesMax) return leave(tooLarge);
  const chunks: Buffer[] = [];
  let length = 0;
  // A body that is cut short ends this with an error.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMax) return leave(tooLarge);
    chunks.push(chunk);
  }
  const { etag, 'last-modified': modified, 'content-type': contentType = '' } = response.headers;
  return {
    kind: 'body',
    url,
    bytes: new Uint8Array(Buffer.concat(chunks)),
    contentType: (contentType.split(';')[0] ?? '').trim().toLowerCase(),
    ...(etag !== undefined && { etag }),
    ...(modified !== undefined && { modified }),
  };
}

/** Seconds, or a date, which is held against the server's own clock (RFC 9110, section 10.2.3). */
function retryAfterOf(text: string | undefined, date: string | undefined): number {
  if (text === undefined) return RETRY_AFTER_DEFAULT_MS;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(date ?? '');
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), RETRY_AFTER_MAX_MS) : RETRY_AFTER_DEFAULT_MS;
}
