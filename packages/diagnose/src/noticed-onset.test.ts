import { describe, expect, it } from 'vitest';
import type { Casefile, SeriesWindow } from './casefile.ts';
import { fromOnset } from './noticed-onset.ts';

const minuteMs = 60_000;
const minutes = Array.from({ length: 150 }, (_, minute) => minute);

/** Two hours and a half of minutes around 20 that wobble by 1, with something added, cut where the fault was noticed. */
function seriesOf(asset: string, noticed: number, added: (minute: number) => number): SeriesWindow {
  const part = (own: readonly number[]) => ({
    timesMs: Float64Array.from(own, (minute) => minute * minuteMs),
    values: Float64Array.from(own, (minute) => 20 + Math.sin(minute * 1.7) + added(minute)),
  });
  const [baseline, fault] = [minutes.filter((one) => one < noticed), minutes.filter((one) => one >= noticed)].map(part);
  if (baseline === undefined || fault === undefined) throw new Error('two parts');
  return { asset, metric: 'latency', baseline, fault };
}

function casefileOf(noticed: number, added: (minute: number) => number): Casefile {
  return {
    window: { baselineFromMs: 0, faultFromMs: noticed * minuteMs, faultToMs: 150 * minuteMs },
    series: [seriesOf('calm', noticed, () => 0), seriesOf('slow', noticed, added)],
    edges: [],
    changes: [],
  };
}

const slowFrom = (from: number) => (minute: number) => (minute >= from ? 300 : 0);

describe('a fault that was noticed late', () => {
  it.each([3, 5, 6, 10, 25])('%i minutes, is looked at from where it began', (late) => {
    const { window, series } = fromOnset(casefileOf(120 + late, slowFrom(120)));
    expect(window.faultFromMs / minuteMs).toBe(120);
    for (const { baseline, fault } of series) {
      expect([baseline.values.length, fault.values.length]).toEqual([120, 30]);
      expect([...baseline.timesMs, ...fault.timesMs]).toEqual(minutes.map((minute) => minute * minuteMs));
    }
  });

  it('is left as it is when it was noticed at once, when nothing is far from normal, or no longer', () => {
    for (const casefile of [
      casefileOf(120, slowFrom(120)),
      casefileOf(121, slowFrom(120)),
      casefileOf(125, () => 0),
      casefileOf(125, (minute) => (minute >= 110 && minute < 118 ? 300 : 0)),
    ])
      expect(fromOnset(casefile)).toBe(casefile);
  });

  it('begins no further back than half an hour and a quarter of the past', () => {
    expect(fromOnset(casefileOf(140, slowFrom(60))).window.faultFromMs).toBe(140 * minuteMs);
    expect(fromOnset(casefileOf(140, slowFrom(112))).window.faultFromMs).toBe(112 * minuteMs);
    expect(fromOnset(casefileOf(40, slowFrom(33))).window.faultFromMs).toBe(33 * minuteMs);
    expect(fromOnset(casefileOf(40, slowFrom(20))).window.faultFromMs).toBeGreaterThanOrEqual(30 * minuteMs);
  });

  it('bears series that are constant, broken, new or empty', () => {
    const casefile = casefileOf(125, slowFrom(120));
    const [calm, slow] = casefile.series;
    if (calm === undefined || slow === undefined) throw new Error('two series');
    const none = { timesMs: new Float64Array(), values: new Float64Array() };
    const flat = { ...calm.baseline, values: new Float64Array(125) };
    const broken = { ...calm.baseline, values: new Float64Array(125).fill(Number.NaN) };
    const odd = [
      { ...calm, baseline: flat },
      { ...calm, baseline: broken },
      { ...calm, baseline: none },
      { ...calm, fault: none },
    ];
    expect(fromOnset({ ...casefile, series: [...odd, slow] }).window.faultFromMs).toBe(120 * minuteMs);
  });
});
