import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createOpenAiEmbedder } from '@heliosiq/adapters/http-embedder/openai-embedder.ts';
import type { Embedder } from '@heliosiq/ports';

/** Words that mean the same, so that a test knows what is near: each meaning is a dimension. */
const meanings = [
  ['leak', 'drip', 'seep'],
  ['hot', 'overheat', 'temperature'],
  ['slow', 'latency', 'lag'],
];

export interface EmbeddingService extends Disposable {
  /** While `isDown` it refuses; `texts` is what it embedded. */
  readonly state: { isDown: boolean; readonly texts: string[] };
  readonly url: string;
  /** An embedder of the model `m`, or of another; that of `wide` gives more numbers, in another order. */
  embedder(model?: string): Embedder;
}

/** An embedding service on this machine that speaks as OpenAI does. */
export async function startEmbeddingService(): Promise<EmbeddingService> {
  const state = { isDown: false, texts: new Array<string>() };
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const { input, model } = body as { input: string[]; model: string }; // what the embedder sends
      if (state.isDown) return void response.writeHead(503).end();
      state.texts.push(...input);
      const data = input.map((text, index) => {
        const found = meanings.map((words) => words.filter((word) => text.toLowerCase().includes(word)).length);
        return { index, embedding: model === 'wide' ? [...found.toReversed(), 0, 0.05, 0] : [0.05, ...found] };
      });
      response.end(JSON.stringify({ data }));
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  const url = `http://127.0.0.1:${port}`;
  return {
    state,
    url,
    embedder: (model = 'm') => createOpenAiEmbedder({ url, model, retryPauseMs: 1 }),
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
