import { expect, it } from 'vitest';
import { operationName } from './operation-name.ts';

it.each([
  ['GET /cart', 'GET /cart'],
  ['GET /users/4711/orders?limit=5', 'GET /users/{id}/orders'],
  ['/users/0189c4a0-7c1b-7000-8000-000000000001', '/users/{id}'],
  ['HGET session:5f1d7e2b9c3a4d5e6f708192', 'HGET session:{id}'],
  ['SELECT orders', 'SELECT orders'],
  ['facade', 'facade'],
  ['  ', 'unnamed'],
  ['x'.repeat(500), `${'x'.repeat(119)}…`],
  ['\u{1F600}'.repeat(100), `${'\u{1F600}'.repeat(59)}\u{FFFD}…`],
])('%s is the operation %s', (name, operation) => {
  expect(operationName(name)).toBe(operation);
});
