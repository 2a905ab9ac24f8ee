import { z } from 'zod';
import { Text, Url } from './setting.ts';
import type { Setting } from './setting.ts';

/** What turns texts into vectors, for search by meaning. */
export const embeddingSettings = {
  embeddingModel: {
    key: 'embedding.model',
    schema: Text.optional(),
    placeholder: 'DIR',
    help: 'Folder of a local embedding model in ONNX form, or the name of the model at embedding.url; `off` searches by words alone. Default: the model that `heliosiq models pull` left in the data folder.',
  },
  embeddingUrl: {
    key: 'embedding.url',
    schema: Url('http', 'https').optional(),
    placeholder: 'URL',
    help: 'Base address of an embedding service, e.g. http://127.0.0.1:11434/v1.',
  },
  embeddingProtocol: {
    key: 'embedding.protocol',
    schema: z.enum(['openai', 'gemini'], 'give openai or gemini').default('openai'),
    placeholder: 'NAME',
    help: 'What the embedding service speaks: openai or gemini.',
  },
  embeddingKey: {
    key: 'embedding.key',
    schema: Text.optional(),
    placeholder: 'TEXT',
    secret: true,
    help: 'The key that the embedding service asks for.',
  },
} as const satisfies Record<string, Setting>;
