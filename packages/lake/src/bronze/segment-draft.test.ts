import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { TenantId } from '@heliosiq/model';
import type { LogRecord } from '@heliosiq/ports';
import { expect, test } from 'vitest';
import { createByteWriter } from './byte-writer.ts';
import { createNumberSet } from './number-set.ts';
import { writeRecordBody } from './record-body.ts';
import { firstLink } from './record-chain.ts';
import { createSegmentDraft, type SegmentDraft } from './segment-draft.ts';
import { openSegment, type BronzeRecord } from './segment-reader.ts';

const tenantId = TenantId.parse('acme');
const startedAt = Date.UTC(2026, 0, 5);
const frameBytes = 1_000_000;

function openDraft(partition: number): SegmentDraft {
  const stream = { partition, epoch: 0 };
  const link = firstLink(tenantId, stream);
  return createSegmentDraft({ tenantId, stream, startedAt, link, knownRefs: createNumberSet() });
}

/** Bytes that cannot be made much smaller. */
function noise(length: number, seed: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    hash('sha256', `${seed} ${index}`, 'buffer'),
  );
  return Buffer.concat(blocks, length);
}

/** Records with values of these sizes, at offsets and moments that grow by steps. */
function recordsOf(sizes: readonly number[], partition: number): LogRecord[] {
  return sizes.map((size, index) => ({
    ...{ tenantId, topic: 'signals', partition, offset: 1000 + 3 * index, appendedAt: startedAt + 70 * index },
    ...{ key: `key-${partition}`, id: `${partition}-${index}`, headers: { index: String(index) } },
    value: noise(size, 1000 * partition + index),
  }));
}

/** The frames of these records, each written at once. */
function framesOf(records: readonly LogRecord[]): Buffer[] {
  const frames: Buffer[] = [];
  let frame = createByteWriter();
  let before = { offset: 0, appendedAt: 0 };
  for (const [index, { offset, appendedAt, ...record }] of records.entries()) {
    const body = createByteWriter();
    writeRecordBody(body, record);
    frame.whole(offset - before.offset);
    // Moments that only grow are doubled in zigzag.
    frame.whole(2 * (appendedAt - before.appendedAt));
    frame.bytes(body.view(0));
    before = { offset, appendedAt };
    if (frame.length < frameBytes && index < records.length - 1) continue;
    frames.push(frame.view(0));
    frame = createByteWriter();
    before = { offset: 0, appendedAt: 0 };
  }
  return frames;
}

const compress = promisify(zstdCompress);

/** Print of a frame as it is stored. */
async function printOf(frame: Buffer): Promise<string> {
  const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };
  return hash('sha256', await compress(frame, { params }));
}

/** Sizes around those of a piece of memory and of what a record has besides its value, and some beyond a whole frame. */
const sizes = [
  ...Array.from({ length: 120 }, (_, index) => 8192 - 60 + index),
  ...[0, 1, 100, 16_384, 65_536, 70_000, 1_100_000, 5, 999_950, 80_000, 2_500_000, 300],
];

test('a frame has the bytes of its records one behind the other, whatever gathers beside it', async () => {
  const streams = [sizes, sizes.toReversed(), sizes.map((size) => size >> 3)].map((own, partition) =>
    recordsOf(own, partition),
  );
  const drafts = streams.map((_, partition) => openDraft(partition));
  for (let index = 0; index < sizes.length; index += 1) {
    for (const [partition, records] of streams.entries()) {
      const record = records[index];
      if (record !== undefined) drafts[partition]?.add(record);
    }
    // Lets frames be compressed while others gather.
    if (index % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const [partition, draft] of drafts.entries()) {
    const { bytes, entry } = await draft.finish(new Map());
    const opened = openSegment(bytes, entry);
    if (!opened.ok) throw new Error(opened.reason);
    const frames = opened.value.frames.map((frame) => hash('sha256', frame));
    expect(frames).toEqual(await Promise.all(framesOf(streams[partition] ?? []).map(printOf)));
    const read: BronzeRecord[] = [];
    for await (const records of opened.value.records()) read.push(...records);
    expect(read.map(({ id }) => id)).toEqual(streams[partition]?.map(({ id }) => id));
  }
});

test('a draft holds what it was given, about', () => {
  const draft = openDraft(0);
  expect(draft.heldBytes).toBe(0);
  for (const record of recordsOf([100_000, 200_000], 0)) draft.add(record);
  expect(draft.heldBytes).toBeGreaterThan(300_000);
  expect(draft.heldBytes).toBeLessThan(300_300);
});
