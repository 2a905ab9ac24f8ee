import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  findOnnxRuntime,
  installOnnxRuntime,
  ONNX_RUNTIME_VERSION,
} from '@heliosiq/knowledge/embedding/onnx-runtime.ts';
import { DEFAULT_MODEL, pullModel } from '@heliosiq/knowledge/embedding/pull-model.ts';
import { readModelFolder } from '@heliosiq/knowledge/embedding/model-folder.ts';
import type { Command } from 'commander';
import { modelsFolder } from '../program/open-embedding.ts';
import { progressOf } from './progress.ts';
import { configOf, configOrExit } from './setting-options.ts';
import { complain, say, sayJson } from './terminal.ts';

interface PullFlags {
  readonly from?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** `heliosiq models pull|status`. */
export function addModelCommands(program: Command): void {
  const models = program.command('models').description('local embedding models: fetch one, see what is used');

  models
    .command('pull')
    .description(`fetch the embedding model ${DEFAULT_MODEL.name} and the runtime that it needs into the data folder`)
    .option('--from <place>', 'a folder, or the base address of the files, instead of Hugging Face')
    .option('--data <dir>', 'data folder (HELIOS_DATA)')
    .option('--json', 'print JSON')
    .action(async (flags: PullFlags) => {
      const { config } = configOrExit(configOf({ ...(flags.data !== undefined && { data: flags.data }) }));
      const folder = modelsFolder(config);
      const modelFolder = await pullModel({
        folder: join(folder, DEFAULT_MODEL.name),
        from: flags.from ?? DEFAULT_MODEL.address,
        onProgress: (name) => progressOf(`fetching ${name}`),
      });
      await installOnnxRuntime({ folder, onProgress: complain });
      const { model } = await readModelFolder(modelFolder);
      if (flags.json === true) return sayJson({ folder: modelFolder, ...model, runtime: ONNX_RUNTIME_VERSION });
      say(`${model.label}: ${model.dimensions} dimensions, id ${model.id}`);
      say('The next start uses it; documents are embedded in the background.');
    });

  models
    .command('status')
    .description('which embedding model is used, and whether its runtime is there')
    .option('--data <dir>', 'data folder (HELIOS_DATA)')
    .option('--json', 'print JSON')
    .action(async (flags: PullFlags) => {
      const { config } = configOrExit(configOf({ ...(flags.data !== undefined && { data: flags.data }) }));
      const folder = modelsFolder(config);
      const pulled = join(folder, DEFAULT_MODEL.name);
      const runtime = findOnnxRuntime(folder) === undefined ? 'missing' : ONNX_RUNTIME_VERSION;
      const named = config.embeddingModel;
      const used = config.embeddingUrl !== undefined ? 'service' : named === 'off' ? 'none' : undefined;
      const local = named ?? (existsSync(pulled) ? pulled : undefined);
      const model = used === undefined && local !== undefined ? (await readModelFolder(local)).model : undefined;
      const status = {
        used: used ?? (model === undefined ? 'none' : 'local'),
        model: used === 'service' ? (named ?? null) : (model?.label ?? null),
        runtime,
      };
      if (flags.json === true) return sayJson(status);
      say(`search by meaning: ${status.used === 'none' ? 'no, words alone' : `${status.model} (${status.used})`}`);
      say(`ONNX runtime: ${runtime}`);
    });
}
