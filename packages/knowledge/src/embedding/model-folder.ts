/** A local embedding model as a folder of files. */

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { HeliosError } from '@heliosiq/model';
import type { EmbedderModel } from '@heliosiq/ports';

/** The files of a model and what they say of it. */
export interface ModelFolder {
  readonly model: EmbedderModel;
  readonly graphFile: string;
  readonly tokenizerFile: string;
  readonly tokenizerConfigFile: string;
  /** Longer texts are cut. */
  readonly tokensMax: number;
}

const GRAPH_FILES = ['onnx/model_quantized.onnx', 'onnx/model_int8.onnx', 'onnx/model.onnx', 'model.onnx'];
const TOKENS_MAX = 512;

/**
 * Reads what a folder in the layout of Hugging Face holds: `tokenizer.json`, `tokenizer_config.json`, `config.json` with
 * `hidden_size`, and a graph in `onnx/`. The model's id is a digest of graph and tokenizer, so that other files under the
 * same name never share vectors.
 *
 * @throws HeliosError `config-invalid` that names the missing or unreadable file.
 */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const folder = resolve(path);
  const graph = GRAPH_FILES.find((name) => existsSync(join(folder, name)));
  if (graph === undefined) {
    throw new HeliosError('config-invalid', `${folder}: holds no ONNX graph (${GRAPH_FILES.join(', ')})`, {
      cure: 'give the folder of an embedding model in ONNX form',
    });
  }
  const tokenizerFile = join(folder, 'tokenizer.json');
  const tokenizerConfigFile = join(folder, 'tokenizer_config.json');
  const config = await readJson(join(folder, 'config.json'));
  const tokenizerConfig = await readJson(tokenizerConfigFile);
  const dimensions = config['hidden_size'];
  if (typeof dimensions !== 'number' || !Number.isInteger(dimensions) || dimensions < 1 || dimensions > 8192) {
    throw new HeliosError('config-invalid', `${join(folder, 'config.json')}: has no usable "hidden_size"`);
  }
  const length = tokenizerConfig['model_max_length'];
  const digest = createHash('sha256');
  for (const file of [join(folder, graph), tokenizerFile]) await digestFile(digest, file);
  const name = basename(folder);
  return {
    model: {
      id: `${name}-${digest.digest('hex').slice(0, 16)}`,
      dimensions,
      label: `${name} (local)`,
    },
    graphFile: join(folder, graph),
    tokenizerFile,
    tokenizerConfigFile,
    tokensMax: typeof length === 'number' && length >= 8 ? Math.min(TOKENS_MAX, length) : TOKENS_MAX,
  };
}

async function digestFile(digest: ReturnType<typeof createHash>, file: string): Promise<void> {
  try {
    for await (const chunk of createReadStream(file)) digest.update(chunk as Buffer); // a stream without an encoding gives buffers
  } catch (cause) {
    throw new HeliosError('config-invalid', `${file}: cannot be read`, { cause });
  }
}

async function readJson(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    // The cast holds: any object can be read by string keys.
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new HeliosError('config-invalid', `${file}: cannot be read as JSON`, { cause });
  }
  throw new HeliosError('config-invalid', `${file}: is not a JSON object`);
}
