import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLocalReranker } from './local-reranker.ts';

const root = mkdtempSync(join(tmpdir(), 'heliosiq-reranker-'));
afterAll(() => rmSync(root, { recursive: true }));

const WORDS = ['[UNK]', '[CLS]', '[SEP]', '-', 'the', 'why', 'pump', 'leaks', 'seal', 'invoice'];
const [CLS, SEP] = [1, 2];

/**
 * A model folder whose graph is only a name: no cross-encoder comes with the project. The tokeniser is real; the runtime stands in
 * for ONNX and gives the number of passage tokens that are also in the question, so that what reaches a model is seen.
 */
function folder({ name, outputs }: { readonly name: string; readonly outputs: string }) {
  const modelFolder = mkdtempSync(join(root, `${name}-`));
  const special = (token: string, id: number) => ({
    id,
    content: token,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  });
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special('[UNK]', 0), special('[CLS]', CLS), special('[SEP]', SEP)],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: { type: 'BertProcessing', sep: ['[SEP]', SEP], cls: ['[CLS]', CLS] },
    decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])), unk_token: '[UNK]' },
  };
  const files = {
    'model.onnx': 'none',
    'tokenizer.json': JSON.stringify(tokenizer),
    'tokenizer_config.json': JSON.stringify({ model_max_length: 16, tokenizer_class: 'PreTrainedTokenizerFast' }),
    'config.json': JSON.stringify({ hidden_size: 8 }),
    'package.json': '{"type":"commonjs"}',
    'runtime.js': `
      exports.Tensor = class { constructor(type, data, dims) { Object.assign(this, { type, data, dims }); } };
      exports.InferenceSession = { create: async () => ({
        inputNames: ['input_ids', 'attention_mask', 'token_type_ids'],
        outputNames: ['logits'],
        async run({ input_ids, attention_mask, token_type_ids }) {
          const ids = Array.from(input_ids.data, Number);
          const types = Array.from(token_type_ids.data, Number);
          if (ids.length > 16) throw new Error('too long for the model');
          if (attention_mask.data.some((mask) => mask !== 1n)) throw new Error('a mask of nothing');
          const question = new Set(ids.filter((id, at) => types[at] === 0 && id > ${SEP}));
          const score = ids.filter((id, at) => types[at] === 1 && question.has(id)).length;
          return { ${outputs} };
        },
      }) };`,
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(modelFolder, file), text);
  return { modelFolder, runtimeModule: join(modelFolder, 'runtime.js') };
}

describe('openLocalReranker, on a runtime that stands in for ONNX', () => {
  it('gives a score a passage in order, of question and passage as two parts of one sequence', async () => {
    await using reranker = await openLocalReranker(
      folder({ name: 'one', outputs: 'logits: { data: Float32Array.of(score) }' }),
    );
    expect(await reranker.rerank('why pump leaks', ['the pump leaks', 'invoice', '', 'seal pump'])).toEqual([
      2, 0, 0, 1,
    ]);
    expect(reranker.label).toMatch(/^one-.* \(local\)$/);
    expect(await reranker.rerank('why', [])).toEqual([]);
  });

  it('takes the difference of a model with two labels, and cuts a passage that is too long for it', async () => {
    await using reranker = await openLocalReranker(
      folder({ name: 'two', outputs: 'logits: { data: Float32Array.of(-score, score) }' }),
    );
    expect(await reranker.rerank('pump', [`pump ${'seal '.repeat(500)}pump`, 'pump pump'])).toEqual([2, 4]);
  });

  it('refuses a model that gives no scores, and more passages than are taken', async () => {
    await using reranker = await openLocalReranker(
      folder({ name: 'embedder', outputs: 'last_hidden_state: { data: new Float32Array(8 * ids.length) }' }),
    );
    await expect(reranker.rerank('why', ['pump'])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('not a cross-encoder'),
    });
    const many = Array.from({ length: 101 }, () => 'pump');
    await expect(reranker.rerank('why', many)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('refuses a folder without a graph', async () => {
    const runtimeModule = join(root, 'runtime.js');
    await expect(openLocalReranker({ modelFolder: root, runtimeModule })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});
