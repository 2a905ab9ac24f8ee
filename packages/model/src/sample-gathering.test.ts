import { describe, expect, it } from 'vitest';
import type { SampleColumns } from './sample-columns.ts';
import { createSampleGathering } from './sample-gathering.ts';

function columnsOf(...samples: readonly (readonly [ref: number, time: number, value: number])[]): SampleColumns {
  return {
    refs: Float64Array.from(samples, ([ref]) => ref),
    times: Float64Array.from(samples, ([, time]) => time),
    values: Float64Array.from(samples, ([, , value]) => value),
  };
}

async function plain(gathering: ReturnType<typeof createSampleGathering>, seriesMax = 100) {
  const parts = await Array.fromAsync(gathering.bySeries(seriesMax, () => undefined));
  return parts.map((part) => part.map(({ ref, times, values }) => ({ ref, times: [...times], values: [...values] })));
}

describe('gathered samples', () => {
  it('come out series by series, each in the order in which they came', async () => {
    const gathering = createSampleGathering();
    gathering.add(columnsOf([9, 1, 0.2], [7, 1, 0.1], [7, 3, 0.3]));
    gathering.add(columnsOf([9, 0, 0.4], [2 ** 40, 5, Number.NaN], [7, 2, -0]));
    expect(gathering.samples).toBe(6);
    const [seven, nine, far] = [
      { ref: 7, times: [1, 3, 2], values: [0.1, 0.3, -0] },
      { ref: 9, times: [1, 0], values: [0.2, 0.4] },
      { ref: 2 ** 40, times: [5], values: [Number.NaN] },
    ];
    expect(await plain(gathering)).toEqual([[seven, nine, far]]);
    expect(await plain(gathering, 2)).toEqual([[seven, nine], [far]]);
    expect(await plain(createSampleGathering())).toEqual([]);
  });

  it('come out again, whole, for who was interrupted', async () => {
    const gathering = createSampleGathering();
    gathering.add(columnsOf([9, 1, 0.2], [7, 1, 0.1], [9, 2, 0.3]));
    await gathering.bySeries(1, () => undefined).next();
    expect(await plain(gathering)).toEqual([
      [
        { ref: 7, times: [1], values: [0.1] },
        { ref: 9, times: [1, 2], values: [0.2, 0.3] },
      ],
    ]);
  });

  it('name the series that are new with each batch', () => {
    const gathering = createSampleGathering();
    expect(gathering.add(columnsOf([7, 1, 1], [9, 1, 1], [7, 2, 1])).newRefs).toEqual([7, 9]);
    expect(gathering.add(columnsOf([9, 2, 1], [8, 1, 1])).newRefs).toEqual([8]);
    expect(gathering.add(columnsOf()).newRefs).toEqual([]);
  });

  it('are as if a batch had never come when it is taken back', async () => {
    const gathering = createSampleGathering();
    gathering.add(columnsOf([7, 1, 1]));
    const wrong = gathering.add(columnsOf([8, 1, 1], [7, 2, 2]));
    gathering.add(columnsOf([7, 3, 3]));
    gathering.remove(wrong);
    gathering.remove(wrong);
    expect(gathering.samples).toBe(2);
    expect(await plain(gathering)).toEqual([[{ ref: 7, times: [1, 3], values: [1, 3] }]]);
  });
});
