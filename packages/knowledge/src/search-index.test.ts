import { CONFORMANCE_DIMENSIONS, searchIndexConformance } from '@heliosiq/ports/conformance/search-index.ts';
import { createInProcessSearchIndex } from './search-index.ts';

searchIndexConformance('the index in process', () =>
  createInProcessSearchIndex({ dimensions: CONFORMANCE_DIMENSIONS }),
);
