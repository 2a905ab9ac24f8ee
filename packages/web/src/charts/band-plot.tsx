import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clock } from '../words/times.ts';
import { quantity, quantityRange } from '../words/units.ts';
import { chartHeightPx, chartOptions } from './chart-options.ts';
import { usePalette } from './palette.ts';

const nearStepsMax = 12;

/** What was expected of a series, column by column. Times in milliseconds. */
export interface Band {
  readonly times: readonly number[];
  readonly expected: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** A series with its expected band and the stretch that was anomalous. Times in milliseconds. */
export interface BandPlotProps {
  readonly label: string;
  readonly unit: string | undefined;
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly band: Band;
  readonly markedFrom: number;
  readonly markedTo: number;
}

/** A line over its expected band, the anomalous stretch in red; a line of words says the values under the pointer. */
export function BandPlot({ label, unit, times, values, band, markedFrom, markedTo }: BandPlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const palette = usePalette();
  const data = useMemo(() => alignedData(times, values, band), [times, values, band]);
  const peak = useMemo(() => peakIndex(data, markedFrom, markedTo), [data, markedFrom, markedTo]);
  const [pointed, setPointed] = useState<number>();
  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const options = chartOptions({ unit, markedFrom, markedTo, palette, onPoint: setPointed });
    const plot = new uPlot({ ...options, width: element.clientWidth }, data, element);
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: chartHeightPx }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [data, unit, markedFrom, markedTo, palette]);
  return (
    <div className="grid gap-1">
      <output aria-live="off" className="block h-10 overflow-hidden text-sm tabular-nums sm:h-5 sm:truncate">
        <Readout data={data} index={pointed ?? peak} unit={unit} />
      </output>
      <div ref={holder} role="img" aria-label={label} className="h-[190px] w-full overflow-hidden" />
    </div>
  );
}

interface ReadoutProps {
  readonly data: uPlot.AlignedData;
  readonly index: number | undefined;
  readonly unit: string | undefined;
}

function Readout({ data, index, unit }: ReadoutProps) {
  if (index === undefined) return null;
  const [times, values, lowers, uppers] = data;
  const [at, value, lower, upper] = [times[index], values?.[index], near(lowers, index), near(uppers, index)];
  if (at === undefined) return null;
  return (
    <>
      <b className="font-semibold">{isNumber(value) ? quantity(value, unit) : 'no value'}</b>
      <span className="text-soft">
        {' '}
        at {clock(at * 1000, Date.now())}
        {isNumber(lower) && isNumber(upper) && ` · expected ${quantityRange(lower, upper, unit)}`}
      </span>
    </>
  );
}

function alignedData(times: readonly number[], values: readonly number[], band: Band): uPlot.AlignedData {
  const seconds = (list: readonly number[]): number[] => list.map((time) => time / 1000);
  return uPlot.join([
    [seconds(times), [...values]],
    [seconds(band.times), [...band.lower], [...band.upper], [...band.expected]],
  ]);
}

/** Where the marked stretch is farthest from what was expected, or largest where nothing was. */
function peakIndex(data: uPlot.AlignedData, markedFrom: number, markedTo: number): number | undefined {
  const [times, values, , , expected] = data;
  let best: number | undefined;
  let bestSize = -1;
  for (const [index, at] of times.entries()) {
    const value = values?.[index];
    if (!isNumber(value) || at * 1000 < markedFrom || at * 1000 > markedTo) continue;
    const size = Math.abs(value - (near(expected, index) ?? 0));
    if (size > bestSize) [best, bestSize] = [index, size];
  }
  return best;
}

/** The value of a column at an index or, where its own steps lie elsewhere, the nearest one before or after. */
function near(column: uPlot.AlignedData[number] | undefined, index: number): number | undefined {
  for (let distance = 0; distance <= nearStepsMax; distance++) {
    const value = column?.[index - distance] ?? column?.[index + distance];
    if (isNumber(value)) return value;
  }
  return undefined;
}

/** uPlot marks a missing value by null. */
function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number';
}
