import { describe, expect, it } from 'vitest';
import { createHybridIndex } from './hybrid-index.ts';
import { readIndexSnapshot, writeIndexSnapshot } from './index-snapshot.ts';

function vectorOf(seed: number): number[] {
  return Array.from({ length: 8 }, (_, at) => Math.sin(seed * 12.9898 + at * 78.233));
}

function filled() {
  const index = createHybridIndex({ dimensions: 8 });
  for (let unit = 0; unit < 300; unit++) {
    index.add(`d:${unit}`, {
      title: `Pump ${unit % 9}`,
      headings: ['Fix'],
      body: `seal w${unit % 31} leak naïve 漏水`,
    });
    if (unit % 3 > 0) index.setVector(`d:${unit}`, vectorOf(unit));
  }
  for (let unit = 0; unit < 300; unit += 7) index.remove(`d:${unit}`);
  return index;
}

function bytesOf(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(pieces));
}

describe('index snapshots', () => {
  it('answer as the index did, in every mode, and take what comes later', () => {
    const index = filled();
    const snapshot = readIndexSnapshot(bytesOf(writeIndexSnapshot(index.parts(), { of: 'acme' })));
    expect(snapshot?.about).toEqual({ of: 'acme' });
    const again = createHybridIndex(snapshot && { parts: snapshot.parts });
    for (const each of [index, again]) {
      each.add('late', { body: 'late seal w3' });
      each.setVector('late', vectorOf(1000));
    }
    for (const mode of ['lexical', 'dense', 'hybrid'] as const) {
      const query = { text: 'seal w3 漏水', vector: vectorOf(5), mode };
      expect(again.search(query, { limit: 400 })).toEqual(index.search(query, { limit: 400 }));
    }
    expect([again.size(), again.vectors()]).toEqual([index.size(), index.vectors()]);
  });

  it('are refused when a byte was changed, cut off or added, and when they are something else', () => {
    const bytes = bytesOf(writeIndexSnapshot(filled().parts(), {}));
    for (let at = 0; at < bytes.length; at += 97) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(readIndexSnapshot(damaged)).toBeUndefined();
    }
    expect(readIndexSnapshot(bytes.slice(0, -8))).toBeUndefined();
    expect(readIndexSnapshot(bytesOf([bytes, new Uint8Array(8)]))).toBeUndefined();
    expect(readIndexSnapshot(new Uint8Array(0))).toBeUndefined();
    expect(readIndexSnapshot(new TextEncoder().encode('HELIOS01 and then some other text'))).toBeUndefined();
  });
});
