import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { allLaws } from './laws/all-laws.ts';
import { repositoryFiles } from './laws/repository-files.ts';

const files = repositoryFiles(join(import.meta.dirname, '..'));

describe('the repository keeps its laws', () => {
  it('is read at all', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it.each(Object.entries(allLaws))('%s', (_sentence, law) => {
    const breaches = law(files).map(({ path, law: what, cure }) => `${path}: ${what}; ${cure}`);
    expect(breaches, `\n${breaches.join('\n')}\n`).toHaveLength(0);
  });
});
