import { refreshSeconds } from './explore-search.ts';
import type { Comparison, ExploreSearch } from './explore-search.ts';
import { RangePicker } from './range-picker.tsx';
import { movedRange, widenedRange } from './time-range.ts';
import type { ExploreRange, Span } from './time-range.ts';

export interface ChartToolsProps {
  readonly search: ExploreSearch;
  readonly range: ExploreRange;
  readonly span: Span;
  /** The range before the last zoom. */
  readonly zoomedFrom: ExploreRange | undefined;
  readonly onRange: (range: ExploreRange) => void;
  readonly onZoomBack: () => void;
  readonly onChange: (change: {
    readonly [Name in 'every' | 'versus' | 'view']?: ExploreSearch[Name] | undefined;
  }) => void;
}

/** The controls of the chart: range, moving and widening it, renewal, comparison, chart or table. */
export function ChartTools(props: ChartToolsProps) {
  const { search, range, span, zoomedFrom, onRange, onZoomBack, onChange } = props;
  return (
    <div role="toolbar" aria-label="Chart" className="flex flex-wrap items-center gap-2 text-sm">
      <RangePicker range={range} onRange={onRange} />
      <span className="flex">
        <SignButton words="Earlier" sign="‹" onClick={() => onRange(movedRange(span, -0.5))} />
        <SignButton words="Zoom out" sign="−" onClick={() => onRange(widenedRange(span, Date.now()))} />
        <SignButton words="Later" sign="›" onClick={() => onRange(movedRange(span, 0.5))} />
      </span>
      {zoomedFrom !== undefined && (
        <button type="button" className="quiet-button" onClick={onZoomBack}>
          Zoom back
        </button>
      )}
      <select
        className="field w-auto"
        aria-label="Renew"
        value={search.every ?? ''}
        onChange={({ target }) => onChange({ every: target.value === '' ? undefined : Number(target.value) })}
      >
        <option value="">not renewed</option>
        {refreshSeconds.map((seconds) => (
          <option key={seconds} value={seconds}>
            {seconds < 60 ? `every ${seconds} s` : `every ${seconds / 60} min`}
          </option>
        ))}
      </select>
      <select
        className="field w-auto"
        aria-label="Compare"
        value={search.versus ?? ''}
        onChange={({ target }) => onChange({ versus: comparisonOf(target.value) })}
      >
        <option value="">not compared</option>
        <option value="day">with the day before</option>
        <option value="week">with the week before</option>
      </select>
      <span role="group" aria-label="View" className="flex">
        <ViewButton isPressed={search.view === undefined} onClick={() => onChange({ view: undefined })}>
          Chart
        </ViewButton>
        <ViewButton isPressed={search.view === 'table'} onClick={() => onChange({ view: 'table' })}>
          Table
        </ViewButton>
      </span>
    </div>
  );
}

function comparisonOf(word: string): Comparison | undefined {
  return word === 'day' || word === 'week' ? word : undefined;
}

interface SignButtonProps {
  readonly words: string;
  readonly sign: string;
  readonly onClick: () => void;
}

function SignButton({ words, sign, onClick }: SignButtonProps) {
  return (
    <button type="button" className="quiet-button w-9 px-0" aria-label={words} title={words} onClick={onClick}>
      {sign}
    </button>
  );
}

interface ViewButtonProps {
  readonly isPressed: boolean;
  readonly onClick: () => void;
  readonly children: string;
}

function ViewButton({ isPressed, onClick, children }: ViewButtonProps) {
  return (
    <button
      type="button"
      aria-pressed={isPressed}
      className={`quiet-button ${isPressed ? 'border-link text-link' : ''}`}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
