import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cosineAt } from '../quantised-vector.ts';
import { openEmbeddingCache } from './embedding-cache.ts';

const root = mkdtempSync(join(tmpdir(), 'heliosiq-cache-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
function place(id = 'model-a') {
  folders += 1;
  return { folder: join(root, String(folders)), model: { id, dimensions: 4, label: id } };
}

describe('openEmbeddingCache', () => {
  it('gives a kept vector again: at once, after flush, and when opened anew', async () => {
    const options = place();
    const cache = await openEmbeddingCache(options);
    cache.put('a', [0.1, -0.2, 0.3, 0.4]);
    expect(cosineAt(Int8Array.from(cache.get('a') ?? []), Int8Array.from([32, -64, 95, 127]), 0)).toBeGreaterThan(
      0.999,
    );
    await cache.flush();
    cache.put('b', [1, 0, 0, 0]);
    expect([...(cache.get('a') ?? [])]).toEqual([32, -63, 95, 127]);
    expect(cache.get('c')).toBeUndefined();
    await cache[Symbol.asyncDispose]();
    await using again = await openEmbeddingCache(options);
    expect(again.size()).toBe(2);
    expect([...(again.get('a') ?? [])]).toEqual([32, -63, 95, 127]);
    expect([...(again.get('b') ?? [])]).toEqual([127, 0, 0, 0]);
  });

  it('keeps models apart, and processes that write at once', async () => {
    const options = place();
    await using one = await openEmbeddingCache(options);
    await using other = await openEmbeddingCache({ ...options, model: { ...options.model, id: '../model/b' } });
    one.put('a', [1, 0, 0, 0]);
    await one.flush();
    expect(other.get('a')).toBeUndefined();
    other.put('a', [0, 1, 0, 0]);
    await other.flush();
    await using third = await openEmbeddingCache(options);
    expect([...(third.get('a') ?? [])]).toEqual([127, 0, 0, 0]);
    expect(readdirSync(options.folder)).toHaveLength(2);
  });

  it('passes over what was cut off or damaged, and gives the rest', async () => {
    const options = place();
    const cache = await openEmbeddingCache(options);
    for (const [at, text] of ['a', 'b', 'c'].entries()) cache.put(text, [1, at, 0, 0]);
    await cache[Symbol.asyncDispose]();
    const folder = join(options.folder, options.model.id);
    const file = join(folder, readdirSync(folder)[0] ?? '');
    const content = readFileSync(file);
    content[16] = (content[16] ?? 0) ^ 1;
    writeFileSync(file, content);
    truncateSync(file, content.length - 3);
    await using again = await openEmbeddingCache(options);
    expect(again.get('a')).toBeUndefined();
    expect([...(again.get('b') ?? [])]).toEqual([127, 127, 0, 0]);
    expect(again.get('c')).toBeUndefined();
  });

  it('lets go of the oldest files beyond its size', async () => {
    const options = place();
    const cache = await openEmbeddingCache(options);
    for (let text = 0; text < 100; text += 1) cache.put(String(text), [1, text, 0, 0]);
    await cache[Symbol.asyncDispose]();
    await using small = await openEmbeddingCache({ ...options, bytesMax: 1000 });
    expect(small.size()).toBe(0);
    expect(readdirSync(join(options.folder, options.model.id))).toEqual([]);
  });
});
