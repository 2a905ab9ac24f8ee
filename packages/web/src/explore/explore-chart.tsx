import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { usePalette } from '../charts/palette.ts';
import { moment } from '../words/times.ts';
import type { ChartLine, ChartLines } from './chart-lines.ts';
import { chartHeightPx, exploreChartOptions } from './chart-look.ts';
import { useLineColors } from './line-colors.ts';
import type { Span } from './time-range.ts';
import { valueWords } from './value-words.ts';

export interface ExploreChartProps {
  readonly chart: ChartLines;
  /** Keys of lines that are not drawn. */
  readonly hidden: ReadonlySet<string>;
  readonly span: Span;
  readonly markedAt: number | undefined;
  readonly onZoom: (span: Span) => void;
}

const readoutLinesMax = 4;

/** The lines that are not hidden; a drag over the chart chooses a range, a line of words says the values under the pointer. */
export function ExploreChart({ chart, hidden, span, markedAt, onZoom }: ExploreChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plotted = useRef<uPlot>(null);
  const palette = usePalette();
  const colorOf = useLineColors();
  const [pointed, setPointed] = useState<number>();
  const lines = useMemo(() => chart.lines.filter(({ key }) => !hidden.has(key)), [chart, hidden]);
  const zoom = useRef(onZoom);
  const mark = useRef(markedAt);
  useEffect(() => {
    zoom.current = onZoom;
  });

  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const options = exploreChartOptions({
      lines,
      span,
      palette,
      colorOf,
      markedAt: () => mark.current,
      onPoint: setPointed,
      onZoom: (chosen) => zoom.current(chosen),
    });
    const data: uPlot.AlignedData = [[...chart.times], ...lines.map(({ values }) => [...values])];
    const plot = new uPlot({ ...options, width: element.clientWidth }, data, element);
    plotted.current = plot;
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: chartHeightPx }));
    resize.observe(element);
    return () => {
      plotted.current = null;
      resize.disconnect();
      plot.destroy();
    };
  }, [chart, lines, span, palette, colorOf]);

  useEffect(() => {
    mark.current = markedAt;
    plotted.current?.redraw(false);
  }, [markedAt]);

  const words = `${lines.length} ${lines.length === 1 ? 'line' : 'lines'} from ${moment(span.from)} to ${moment(span.to)}`;
  return (
    <div className="grid min-w-0 gap-1">
      <output aria-live="off" className="block h-10 overflow-hidden text-sm tabular-nums sm:h-5 sm:truncate">
        <Readout times={chart.times} lines={lines} index={pointed} />
      </output>
      <div ref={holder} role="img" aria-label={words} className="h-[320px] w-full cursor-crosshair overflow-hidden" />
    </div>
  );
}

interface ReadoutProps {
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly index: number | undefined;
}

function Readout({ times, lines, index }: ReadoutProps) {
  const at = index === undefined ? undefined : times[index];
  if (index === undefined || at === undefined)
    return <span className="text-soft">Drag over the chart to zoom in.</span>;
  const shown = lines.flatMap(({ key, name, values }) => {
    const value = values[index];
    return value === null || value === undefined ? [] : [{ key, name, value }];
  });
  return (
    <>
      <b className="font-semibold">{new Date(at * 1000).toLocaleString()}</b>
      {shown.slice(0, readoutLinesMax).map(({ key, name, value }) => (
        <span key={key}>
          {' '}
          · <span className="text-soft">{name}</span> {valueWords(value)}
        </span>
      ))}
      {shown.length > readoutLinesMax && <span className="text-soft"> · {shown.length - readoutLinesMax} more</span>}
    </>
  );
}
