import { once } from 'node:events';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { HeliosError } from '@heliosiq/model';

/** What is sent to a server. */
export interface Exchange {
  /** May carry a user and a password. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Of the answer; a longer one rejects with `too-large`. */
  readonly answerBytesMax: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** What the server asks to wait, in whole seconds. */
  readonly retryAfterS?: number;
}

/** Posts over connections that are kept. Rejects with `unavailable`, `timeout`, `too-large`, or the signal's reason. */
export interface HttpExchange {
  post(exchange: Exchange): Promise<Answer>;
  close(): void;
}

/** `ca`: authorities (PEM) of a server whose certificate no publicly known one has signed. */
export function createHttpExchange({
  connectionsMax,
  ca,
}: {
  readonly connectionsMax: number;
  readonly ca?: string;
}): HttpExchange {
  const options = { keepAlive: true, maxSockets: connectionsMax };
  const http = new HttpAgent(options);
  const https = new HttpsAgent({ ...options, ...(ca === undefined ? {} : { ca }) });

  async function postOnce(
    { url, headers, body, answerBytesMax, signal }: Exchange,
    stop: AbortSignal,
  ): Promise<Answer> {
    const isSecure = url.protocol === 'https:';
    const request = (isSecure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: isSecure ? https : http,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal: stop,
    });
    try {
      const answered = once(request, 'response');
      request.end(body);
      const [response] = (await answered) as [IncomingMessage]; // Node's documented argument
      const retryAfterS = Number(response.headers['retry-after']);
      return {
        status: response.statusCode ?? 0,
        body: await bodyOf(response, answerBytesMax),
        ...(Number.isFinite(retryAfterS) ? { retryAfterS } : {}),
      };
    } catch (error) {
      if (error instanceof HeliosError) throw error;
      signal?.throwIfAborted();
      if (stop.aborted) throw new HeliosError('timeout', `the series store at ${url.host} took too long`);
      if (request.reusedSocket && codeOf(error) === 'ECONNRESET') throw new ClosedMeanwhile();
      throw new HeliosError('unavailable', `the series store at ${url.host} cannot be reached: ${codeOf(error)}`, {
        cause: error,
      });
    } finally {
      request.destroy();
    }
  }

  return {
    async post(exchange) {
      exchange.signal?.throwIfAborted();
      const time = AbortSignal.timeout(exchange.timeoutMs);
      const stop = exchange.signal === undefined ? time : AbortSignal.any([time, exchange.signal]);
      for (;;) {
        try {
          return await postOnce(exchange, stop);
        } catch (error) {
          // The server closed a kept connection at the moment it was used again; everything asked here may be repeated.
          if (!(error instanceof ClosedMeanwhile)) throw error;
        }
      }
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

class ClosedMeanwhile extends Error {}

async function bodyOf(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMax) throw new HeliosError('too-large', `an answer has more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
