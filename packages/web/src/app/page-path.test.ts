import { describe, expect, it } from 'vitest';
import { pagePathOf } from './page-path.ts';

describe('the page of an API address', () => {
  it.each([
    ['/api/v1/anomalies/abc', '/anomalies/abc'],
    ['/api/v1/incidents/i-1', '/incidents/i-1'],
    ['/api/v1/incidents/i-1/diagnoses/d/evidence/e2', '/incidents/i-1/evidence/d/e2'],
    ['/api/v1/documents/d/text?start=3&end=9', '/documents/d?start=3&end=9'],
    ['/api/v1/signals?kind=change', '/api/v1/signals?kind=change'],
  ])('%s is %s', (api, page) => {
    expect(pagePathOf(api)).toBe(page);
  });
});
