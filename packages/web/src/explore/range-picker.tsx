import { useRef, useState } from 'react';
import type { SyntheticEvent } from 'react';
import { zoneWord } from '../words/times.ts';
import { endWords, momentOf, parseEnd, quickRanges, rangeWords } from './time-range.ts';
import type { ExploreRange } from './time-range.ts';

export interface RangePickerProps {
  readonly range: ExploreRange;
  readonly onRange: (range: ExploreRange) => void;
}

/** The range in words; open, the usual ranges and two fields for any other. */
export function RangePicker({ range, onRange }: RangePickerProps) {
  const frame = useRef<HTMLDetailsElement>(null);
  const choose = (chosen: ExploreRange): void => {
    if (frame.current !== null) frame.current.open = false;
    onRange(chosen);
  };
  return (
    <details
      ref={frame}
      className="relative"
      onKeyDown={({ key, currentTarget }) => {
        if (key === 'Escape') currentTarget.open = false;
      }}
    >
      <summary className="quiet-button inline-flex list-none items-center gap-1.5 whitespace-nowrap">
        <span className="sr-only">Range: </span>
        {rangeWords(range)} <span aria-hidden>▾</span>
      </summary>
      <div className="card absolute left-0 z-20 mt-1 grid w-[min(22rem,calc(100vw-4rem))] gap-3 shadow-lg">
        <TypedRange key={rangeWords(range)} range={range} onRange={choose} />
        <ul className="grid grid-cols-2 gap-x-2 text-sm">
          {quickRanges.map(([length, words]) => (
            <li key={length}>
              <button
                type="button"
                className="w-full cursor-pointer rounded px-2 py-1 text-left hover:bg-raised"
                onClick={() => choose({ from: `now-${length}`, to: 'now' })}
              >
                {words}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}

function TypedRange({ range, onRange }: RangePickerProps) {
  const [from, setFrom] = useState(endWords(range.from));
  const [to, setTo] = useState(endWords(range.to));
  const [problem, setProblem] = useState<string>();
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const [start, end] = [parseEnd(from), parseEnd(to)];
    const now = Date.now();
    if (start === undefined || end === undefined) {
      setProblem(`“${start === undefined ? from : to}” is no time. Type now-6h, 2026-01-31 12:00, or a day.`);
    } else if (momentOf(start, now) >= momentOf(end, now)) setProblem('The range ends before it begins.');
    else onRange({ from: start, to: end });
  };
  return (
    <form onSubmit={submit} className="grid gap-2 text-sm">
      <div className="grid grid-cols-2 gap-2">
        <label className="grid gap-0.5">
          From
          <input className="field" value={from} onChange={({ target }) => setFrom(target.value)} />
        </label>
        <label className="grid gap-0.5">
          To
          <input className="field" value={to} onChange={({ target }) => setTo(target.value)} />
        </label>
      </div>
      {problem !== undefined && (
        <p role="alert" className="text-critical">
          {problem}
        </p>
      )}
      <div className="flex items-center justify-between gap-2">
        <span className="text-xs text-soft">times in {zoneWord(Date.now())}</span>
        <button className="button">Apply</button>
      </div>
    </form>
  );
}
