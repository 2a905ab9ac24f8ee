import { expect, test } from 'vitest';
import type { AlertSource } from './alert-episode.ts';
import { createSharedSources } from './alert-sources.ts';

test('equal sources are one object, and only so many are known', () => {
  const shared = createSharedSources();
  const source = (origin: string, way: AlertSource['way'] = 'webhook'): AlertSource => ({ way, origin });
  const first = shared(source('http://here'));
  expect(shared(source('http://there'))).toEqual(source('http://there'));
  expect(shared(source('http://here', 'direct'))).toEqual(source('http://here', 'direct'));
  expect(shared(source('http://here'))).toBe(first);
  for (let index = 0; index < 1000; index += 1) shared(source(`http://host-${index}`));
  expect(shared(source('http://here'))).not.toBe(first);
});
