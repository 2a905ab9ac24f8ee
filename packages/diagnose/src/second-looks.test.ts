import { newIncidentId } from '@heliosiq/model';
import { expect, test } from 'vitest';
import { createSecondLooks } from './second-looks.ts';
import { tenantId } from './testing/stores-fixture.ts';

const limits = { incidentsMax: 2, looksMax: 2, waitMs: 1000 };
const lookAt = (mark: string) => ({ tenantId, incidentId: newIncidentId(), mark });

test('an incident with incomplete data is due once its wait is over and more data is there', () => {
  const looks = createSecondLooks(limits);
  const look = lookAt('a');
  looks.note(look, { isCutShort: true, nowMs: 0 });
  expect(looks.takeDue({ mark: 'b', nowMs: 999 })).toEqual([]);
  expect(looks.takeDue({ mark: 'a', nowMs: 1000 })).toEqual([]);
  expect(looks.takeDue({ mark: 'b', nowMs: 1000 })).toEqual([look]);
  expect(looks.isEmpty).toBe(true);
});

test('an incident with all of its data is not looked at again', () => {
  const looks = createSecondLooks(limits);
  const look = lookAt('a');
  looks.note(look, { isCutShort: true, nowMs: 0 });
  looks.note(look, { isCutShort: false, nowMs: 10 });
  expect(looks.isEmpty).toBe(true);
});

test('each look waits twice as long, and after the last there is none', () => {
  const looks = createSecondLooks(limits);
  const look = lookAt('a');
  looks.note(look, { isCutShort: true, nowMs: 0 });
  expect(looks.takeDue({ mark: 'b', nowMs: 1000 })).toHaveLength(1);
  looks.note(look, { isCutShort: true, nowMs: 1000 });
  expect(looks.takeDue({ mark: 'b', nowMs: 2999 })).toEqual([]);
  expect(looks.takeDue({ mark: 'b', nowMs: 3000 })).toHaveLength(1);
  looks.note(look, { isCutShort: true, nowMs: 3000 });
  expect(looks.isEmpty).toBe(true);
});

test('when too many wait the oldest goes', () => {
  const looks = createSecondLooks(limits);
  const [first, second, third] = [lookAt('a'), lookAt('a'), lookAt('a')];
  for (const look of [first, second, third]) looks.note(look, { isCutShort: true, nowMs: 0 });
  expect(looks.takeDue({ mark: 'b', nowMs: 1000 })).toEqual([second, third]);
});
