import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { referencePages } from '../scripts/reference/pages.ts';

describe('the generated reference', () => {
  it.each(Object.entries(referencePages))(
    '%s is what the code says; else run node scripts/write-reference.ts',
    (name, page) => {
      const file = join(import.meta.dirname, '..', 'docs', 'reference', name);
      expect(readFileSync(file, 'utf8')).toBe(page());
    },
  );
});
