import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { shortNumber } from '../words/numbers.ts';
import { faded, usePalette } from './palette.ts';
import type { Palette } from './palette.ts';

const heightPx = 200;

/** A series with its expected band and the stretch that was anomalous. Times in milliseconds. */
export interface BandPlotProps {
  readonly label: string;
  readonly unit: string;
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly band: {
    readonly times: readonly number[];
    readonly expected: readonly number[];
    readonly lower: readonly number[];
    readonly upper: readonly number[];
  };
  readonly marked: { readonly from: number; readonly to: number };
}

/** Draws a line over its expected band; the anomalous stretch is shaded. */
export function BandPlot(props: BandPlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const palette = usePalette();
  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const plot = new uPlot(optionsOf(props, palette, element.clientWidth), dataOf(props), element);
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [props, palette]);
  return <div ref={holder} role="img" aria-label={props.label} className="w-full overflow-hidden" />;
}

function dataOf({ times, values, band }: BandPlotProps): uPlot.AlignedData {
  const seconds = (list: readonly number[]): number[] => list.map((time) => time / 1000);
  return uPlot.join([
    [seconds(times), [...values]],
    [seconds(band.times), [...band.lower], [...band.upper], [...band.expected]],
  ]);
}

function optionsOf({ unit, marked }: BandPlotProps, palette: Palette, width: number): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: palette.soft,
    grid: { stroke: palette.line, width: 1 },
    ticks: { stroke: palette.line, width: 1 },
  };
  return {
    width,
    height: heightPx,
    legend: { show: false },
    cursor: { y: false },
    axes: [
      axis,
      { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => `${shortNumber(tick)} ${unit}`.trim()) },
    ],
    series: [
      {},
      { stroke: palette.link, width: 2, spanGaps: true, points: { show: false } },
      { stroke: 'transparent', spanGaps: true, points: { show: false } },
      { stroke: 'transparent', spanGaps: true, points: { show: false } },
      { stroke: palette.soft, width: 1, dash: [4, 4], spanGaps: true, points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: faded(palette.good, 0.22) }],
    hooks: { drawClear: [(plot) => shade(plot, marked, palette)] },
  };
}

/** Shades the anomalous stretch, at least three pixels wide. */
function shade(plot: uPlot, marked: BandPlotProps['marked'], palette: Palette): void {
  const { ctx, bbox } = plot;
  const left = Math.max(bbox.left, plot.valToPos(marked.from / 1000, 'x', true));
  const right = Math.min(bbox.left + bbox.width, plot.valToPos(marked.to / 1000, 'x', true));
  const width = Math.max(3 * devicePixelRatio, right - left);
  ctx.save();
  ctx.fillStyle = faded(palette.critical, 0.18);
  ctx.fillRect(left - width * 0.02, bbox.top, width * 1.04, bbox.height);
  ctx.restore();
}
