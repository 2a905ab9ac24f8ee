import { z } from 'zod';
import { Text, Url, Whole } from './setting.ts';
import type { Setting } from './setting.ts';

/** The model, if any, that reads the best passages of a search again. */
export const rerankSettings = {
  rerankModel: {
    key: 'knowledge.rerank.model',
    schema: Text.optional(),
    placeholder: 'DIR',
    help: 'Folder of a local cross-encoder in ONNX form that orders the best passages anew, or the name of the model at knowledge.rerank.url. Default: none.',
  },
  rerankUrl: {
    key: 'knowledge.rerank.url',
    schema: Url('http', 'https').optional(),
    placeholder: 'URL',
    help: 'Base address of a reranking service (`/rerank` is added), e.g. https://api.jina.ai/v1.',
  },
  rerankProtocol: {
    key: 'knowledge.rerank.protocol',
    schema: z.enum(['cohere', 'tei'], 'give cohere or tei').default('cohere'),
    placeholder: 'NAME',
    help: 'What the reranking service speaks: cohere (also Jina, vLLM, llama.cpp) or tei (Text Embeddings Inference).',
  },
  rerankKey: {
    key: 'knowledge.rerank.key',
    schema: Text.optional(),
    placeholder: 'TEXT',
    secret: true,
    help: 'The key that the reranking service asks for.',
  },
  rerankDepth: {
    key: 'knowledge.rerank.depth',
    schema: Whole(1, 100).default(30),
    placeholder: 'N',
    help: 'The best passages that the model reads for one search.',
  },
  rerankTimeoutMs: {
    key: 'knowledge.rerank.timeout-ms',
    schema: Whole(50, 60_000).default(2000),
    placeholder: 'N',
    help: 'How long a search waits for the model before it goes on with the order that it has.',
  },
} as const satisfies Record<string, Setting>;
