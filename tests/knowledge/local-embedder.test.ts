import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalEmbedder } from '../../packages/knowledge/src/embedding/local-embedder.ts';
import type { LocalEmbedder } from '../../packages/knowledge/src/embedding/local-embedder.ts';
import { readModelFolder } from '../../packages/knowledge/src/embedding/model-folder.ts';
import { findOnnxRuntime, installOnnxRuntime } from '../../packages/knowledge/src/embedding/onnx-runtime.ts';
import { pullModel } from '../../packages/knowledge/src/embedding/pull-model.ts';

const modelFolder = process.env['HELIOS_TEST_EMBEDDING_MODEL'];
const root = mkdtempSync(join(tmpdir(), 'heliosiq-models-'));
afterAll(() => rmSync(root, { recursive: true }));

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  return (a ?? new Float32Array()).reduce((sum, part, at) => sum + part * (b?.[at] ?? 0), 0);
}

describe.skipIf(modelFolder === undefined)('a local model (needs HELIOS_TEST_EMBEDDING_MODEL and npm)', () => {
  const runtimeFolder = join(root, 'runtime');
  let installed: readonly [string, string];
  let embedder: LocalEmbedder;
  beforeAll(async () => {
    const options = { folder: runtimeFolder, onProgress: () => undefined };
    // Twice at once, as two programs do that start together on one data folder.
    installed = await Promise.all([installOnnxRuntime(options), installOnnxRuntime(options)]);
    embedder = await openLocalEmbedder({ modelFolder: modelFolder ?? '', runtimeModule: installed[0] });
  }, 300_000);
  afterAll(() => embedder[Symbol.asyncDispose]());

  it('finds the one runtime that was installed twice at once', () => {
    expect(installed[1]).toBe(installed[0]);
    expect(findOnnxRuntime(runtimeFolder)).toBe(installed[0]);
  });

  it('gives vectors of length 1 in which what means the same is near', async () => {
    const { dimensions } = await embedder.model();
    const [leak, drip, invoice] = await embedder.embed(
      ['The pump leaks oil.', 'Fluid drips out of the pump.', 'Please pay the invoice by Friday.'],
      { purpose: 'passage' },
    );
    expect(leak).toHaveLength(dimensions);
    expect(cosine(leak, leak)).toBeCloseTo(1, 4);
    expect(cosine(leak, drip)).toBeGreaterThan(cosine(leak, invoice) + 0.3);
  });

  it('gives a text the same vector whatever is embedded with it, and stands empty and endless ones', async () => {
    const texts = ['disk is full on db-3', '', 'x', 'word '.repeat(50_000), '漏水 🚨 \u0000'];
    const [alone] = await embedder.embed([texts[0] ?? ''], { purpose: 'question' });
    const together = await embedder.embed(texts, { purpose: 'passage' });
    expect([...(together[0] ?? [])]).toEqual([...(alone ?? [])]);
    for (const vector of together) expect(cosine(vector, vector)).toBeCloseTo(1, 4);
  });

  it('takes a question before passages that wait, and leaves out what was given up', async () => {
    const order: string[] = [];
    const stop = new AbortController();
    const text = 'a passage that takes a while '.repeat(40);
    const passages = embedder.embed(
      Array.from({ length: 12 }, () => text),
      { purpose: 'passage' },
    );
    const given = embedder.embed([text], { purpose: 'passage', signal: stop.signal });
    const question = embedder.embed(['why'], { purpose: 'question' }).then(() => order.push('question'));
    stop.abort();
    await expect(given).rejects.toThrow(/abort/i);
    await Promise.all([passages.then(() => order.push('passages')), question]);
    expect(order).toEqual(['question', 'passages']);
  });

  it('is copied whole from a folder, and refused when a file is missing or no model', async () => {
    const folder = await pullModel({ folder: join(root, 'pulled'), from: modelFolder ?? '' });
    expect((await readModelFolder(folder)).model.dimensions).toBe((await embedder.model()).dimensions);
    await expect(pullModel({ folder: join(root, 'none'), from: root })).rejects.toMatchObject({
      code: 'config-invalid',
    });
    writeFileSync(join(folder, 'config.json'), '{}');
    await expect(readModelFolder(folder)).rejects.toThrow(/config\.json: has no usable "hidden_size"/);
  });
});
