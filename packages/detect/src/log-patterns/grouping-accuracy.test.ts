import { expect, test } from 'vitest';
import { groupingAccuracy } from './grouping-accuracy.ts';

test('lines count whose group is exactly a true group, whatever the names', () => {
  expect(groupingAccuracy(['a', 'a', 'b', 'b'], ['1', '1', '2', '2'])).toBe(1);
  // The second true group is split: none of its lines counts.
  expect(groupingAccuracy(['a', 'a', 'b', 'b'], ['1', '1', '2', '3'])).toBe(0.5);
  // Two true groups in one predicted: no line counts.
  expect(groupingAccuracy(['a', 'a', 'b', 'b'], ['1', '1', '1', '1'])).toBe(0);
});
