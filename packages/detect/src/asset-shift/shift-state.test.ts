import { expect, test } from 'vitest';
import { createNormal } from '../testing/random-series.ts';
import { assetShiftDefaults } from './asset-shift-settings.ts';
import { type ShiftChange, observeSample } from './asset-shift-watch.ts';
import { createShiftState, packShiftState, unpackShiftState } from './shift-state.ts';

const { learnRows } = assetShiftDefaults;

/** What is told of four sensors, of which two move at row 600; after each `restartEvery` rows only the bytes go on. */
function told(restartEvery: number): { readonly changes: readonly ShiftChange[]; readonly bytes: Uint8Array } {
  const normal = createNormal(4);
  const changes: ShiftChange[] = [];
  let state = createShiftState(0, learnRows);
  for (let row = 0; row < 900; row += 1) {
    for (let ref = 1; ref <= 4; ref += 1) {
      const value = 10 * ref + normal() + (row >= 600 && ref <= 2 ? 5 : 0);
      const step = observeSample(state, { ref, at: row * 1000, value }, assetShiftDefaults);
      state = step.state;
      if (step.change !== undefined) changes.push(step.change);
    }
    // As a store hands bytes out: a view of a larger block, at any offset.
    const stored = Buffer.concat([Buffer.of(7), packShiftState(state)]).subarray(1);
    if (row % restartEvery === restartEvery - 1) state = unpackShiftState(stored, learnRows);
  }
  return { changes, bytes: packShiftState(state) };
}

test('an asset goes on from its bytes, also in the middle of learning and of a shift', () => {
  const whole = told(Infinity);
  expect(whole.changes.map(({ kind }) => kind)).toContain('opened');
  expect(told(7)).toEqual(whole);
});

test('bytes of something else are refused with the cure', () => {
  const bytes = packShiftState(createShiftState(3, learnRows));
  for (const broken of [Buffer.from('old'), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.of(1)])]) {
    expect(() => unpackShiftState(broken, learnRows)).toThrow('not the state of an asset of this version');
  }
});

test('an asset of too many series is given up, with next to no memory', () => {
  let state = createShiftState(0, learnRows);
  for (let ref = 1; ref <= 100; ref += 1)
    state = observeSample(state, { ref, at: 1, value: 1 }, assetShiftDefaults).state;
  expect(packShiftState(state).length).toBeLessThan(200);
  expect(observeSample(state, { ref: 1, at: 2, value: 1 }, assetShiftDefaults)).toEqual({ state });
});
