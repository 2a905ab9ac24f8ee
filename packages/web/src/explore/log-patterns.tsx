import type { LogPatternUse } from '@heliosiq/api';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiQuery } from '../app/queries.ts';
import { shortNumber } from '../words/numbers.ts';
import { moment } from '../words/times.ts';
import type { ExploreSearch } from './explore-search.ts';
import type { Span } from './time-range.ts';

export interface LogPatternsProps {
  readonly question: Pick<ExploreSearch, 'text' | 'asset' | 'severity' | 'pattern'>;
  readonly span: Span;
  /** Undefined: every pattern again. */
  readonly onPattern: (pattern: string | undefined) => void;
}

const patternsMax = 40;
const steps = 30;

/** What kinds of lines there are, most lines first; a click shows those of one kind. Asked when it is opened. */
export function LogPatterns({ question, span, onPattern }: LogPatternsProps) {
  const [isOpen, setOpen] = useState(question.pattern !== undefined);
  return (
    <details open={isOpen} className="min-w-0" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer text-sm font-medium">Patterns of the log lines</summary>
      {isOpen && <PatternList question={question} span={span} onPattern={onPattern} />}
    </details>
  );
}

function PatternList({ question: { text, asset, severity, pattern }, span, onPattern }: LogPatternsProps) {
  const asked = {
    ...(text !== undefined && { text }),
    ...(asset !== undefined && { asset }),
    ...(severity !== undefined && { severity }),
    ...(pattern !== undefined && { pattern }),
  };
  const range = { from: String(Math.floor(span.from)), to: String(Math.ceil(span.to)) };
  const found = useQuery({
    ...apiQuery('listLogPatterns', {
      query: { ...range, ...asked, limit: String(patternsMax), steps: String(steps) },
    }),
    placeholderData: keepPreviousData,
  });
  if (found.error !== null) {
    return (
      <p role="alert" className="mt-2 text-sm text-critical">
        {found.error.message}.
      </p>
    );
  }
  if (found.data === undefined)
    return <div aria-busy="true" className="mt-2 h-24 animate-pulse rounded-lg bg-raised" />;
  const { patterns, known, lines } = found.data;
  return (
    <div className="mt-2 grid gap-1.5 text-sm">
      {pattern !== undefined && (
        <button type="button" className="quiet-button" onClick={() => onPattern(undefined)}>
          Every pattern again
        </button>
      )}
      {patterns.length === 0 && <p className="text-soft">No log line of this time has a pattern.</p>}
      <ol aria-label="Patterns" aria-busy={found.isFetching} className="grid max-h-80 gap-0.5 overflow-auto">
        {patterns.map((use) => (
          <li key={use.id}>
            <PatternRow use={use} isChosen={pattern !== undefined} onChoose={() => onPattern(use.id)} />
          </li>
        ))}
      </ol>
      {patterns.length > 0 && (
        <p className="text-xs text-soft">
          {shortNumber(lines)} lines follow {shortNumber(known)} {known === 1 ? 'pattern' : 'patterns'}
          {known > patterns.length && `; the first ${patterns.length} are shown`}.
        </p>
      )}
    </div>
  );
}

interface PatternRowProps {
  readonly use: LogPatternUse;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function PatternRow({ use, isChosen, onChoose }: PatternRowProps) {
  const { template, lines, histogram, worst, firstAt, example } = use;
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      title={`First seen ${moment(firstAt)}, e.g. ${example.body}`}
      className={`grid w-full cursor-pointer grid-cols-[1fr_auto] gap-x-2 rounded px-1.5 py-1 text-left hover:bg-raised ${
        isChosen ? 'bg-accent/15' : ''
      }`}
    >
      <span className="font-mono text-xs/5 wrap-anywhere">
        <Template text={template} />
      </span>
      <span className="grid justify-items-end gap-0.5 text-xs tabular-nums">
        {shortNumber(lines)}
        <Sparkline counts={histogram.counts} />
        {worst !== 'info' && <span className="text-soft">{worst}</span>}
      </span>
    </button>
  );
}

/** A pattern's words, its parameters set apart. */
function Template({ text }: { readonly text: string }) {
  return text.split(/(<(?:[a-z]+|\*)>)/).map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <span key={index} className="rounded bg-raised px-1 text-accent">
        {part === '<*>' ? 'any' : part.slice(1, -1)}
      </span>
    ),
  );
}

const size = { width: 60, height: 14 } as const;

/** How many lines came when: bars, the tallest as high as there is room. */
function Sparkline({ counts }: { readonly counts: readonly number[] }) {
  const most = Math.max(1, ...counts);
  const width = size.width / Math.max(1, counts.length);
  return (
    <svg {...size} aria-hidden="true" className="text-accent">
      {counts.map((count, index) => {
        const height = count === 0 ? 0 : Math.max(1, (count / most) * size.height);
        return (
          <rect
            key={index}
            x={index * width}
            y={size.height - height}
            width={Math.max(0.5, width - 0.5)}
            height={height}
            fill="currentColor"
          />
        );
      })}
    </svg>
  );
}
