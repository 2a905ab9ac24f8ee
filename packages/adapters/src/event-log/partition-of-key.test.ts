import { expect, test } from 'vitest';
import { partitionOfKey } from './partition-of-key.ts';

test('keys land where the hash of Apache Kafka puts them', () => {
  // Values of `testMurmur2` in Kafka's UtilsTest, sign bit cleared.
  const known = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 };
  for (const [key, hash] of Object.entries(known)) {
    expect(partitionOfKey(key, 0x7fffffff)).toBe((hash & 0x7fffffff) % 0x7fffffff);
  }
});

test('every partition gets its share of many keys', () => {
  const counts = [0, 0, 0, 0];
  for (let index = 0; index < 4000; index += 1) {
    const partition = partitionOfKey(`asset-${index}`, counts.length);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  for (const count of counts) expect(count).toBeGreaterThan(800);
});
