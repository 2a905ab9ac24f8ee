import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { SyntheticEvent } from 'react';
import { apiQuery } from '../app/queries.ts';
import { severities, signalKinds } from './explore-search.ts';
import type { ExploreSearch } from './explore-search.ts';
import { LogPatterns } from './log-patterns.tsx';
import { SignalLine } from './log-line.tsx';
import type { ShownLine } from './log-line.tsx';
import type { Span } from './time-range.ts';

type LogQuestion = Pick<ExploreSearch, 'text' | 'asset' | 'kind' | 'severity' | 'pattern'>;

export interface LogSearchProps {
  readonly question: LogQuestion;
  readonly span: Span;
  readonly markedAt: number | undefined;
  readonly onQuestion: (question: { readonly [Name in keyof LogQuestion]: LogQuestion[Name] | undefined }) => void;
  readonly onMark: (at: number | undefined) => void;
}

const linesMax = 200;

/** Logs, events, changes and alerts of the charted time, newest first; a line marks its moment on the chart. */
export function LogSearch({ question, span, markedAt, onQuestion, onMark }: LogSearchProps) {
  const found = useLines(question, span);
  const lines = found.data ?? [];
  const mayBeLogs = question.kind === undefined || question.kind === 'log';
  return (
    <section aria-label="Logs and events" className="card grid min-w-0 content-start gap-3">
      <h2 className="font-semibold">Logs and events</h2>
      <SearchFields question={question} onQuestion={onQuestion} />
      {found.error !== null && (
        <p role="alert" className="text-sm text-critical">
          {found.error.message}.
        </p>
      )}
      {mayBeLogs && <LogPatterns question={question} span={span} onPattern={(pattern) => onQuestion({ pattern })} />}
      {found.isSuccess && lines.length === 0 && (
        <p className="text-sm text-soft">Nothing was said in this time{isAsked(question) ? ' that matches' : ''}.</p>
      )}
      <ol aria-busy={found.isFetching} className="grid max-h-[36rem] gap-0.5 overflow-auto text-sm">
        {lines.map((line) => (
          <li key={`${line.signal.kind} ${line.signal.id} ${line.signal.at}`}>
            <SignalLine
              line={line}
              text={question.text}
              isMarked={line.signal.at === markedAt}
              onMark={() => onMark(line.signal.at === markedAt ? undefined : line.signal.at)}
            />
          </li>
        ))}
      </ol>
      {lines.length === linesMax && (
        <p className="text-xs text-soft">The newest {linesMax}; choose a shorter time or other words for the rest.</p>
      )}
    </section>
  );
}

/** The lines that are asked for: logs with their parameters where only logs are, everything else as it is. */
function useLines({ kind, pattern, ...question }: LogQuestion, span: Span) {
  const range = { from: String(Math.floor(span.from)), to: String(Math.ceil(span.to)), limit: String(linesMax) };
  const isLogs = kind === 'log' || pattern !== undefined;
  const logs = useQuery({
    ...apiQuery('searchLogs', { query: { ...range, ...question, ...(pattern !== undefined && { pattern }) } }),
    placeholderData: keepPreviousData,
    enabled: isLogs,
    select: (page): readonly ShownLine[] => page.logs.map(({ log, parameters }) => ({ signal: log, parameters })),
  });
  const signals = useQuery({
    ...apiQuery('findSignals', { query: { ...range, ...question, ...(kind !== undefined && { kind }) } }),
    placeholderData: keepPreviousData,
    enabled: !isLogs,
    select: (page): readonly ShownLine[] => page.signals.map((signal) => ({ signal, parameters: [] })),
  });
  return isLogs ? logs : signals;
}

function SearchFields({ question, onQuestion }: Pick<LogSearchProps, 'question' | 'onQuestion'>) {
  const [text, setText] = useState(question.text ?? '');
  const [asset, setAsset] = useState(question.asset ?? '');
  // The way back changes what is asked, and keeps the fields where they are.
  useEffect(() => setText(question.text ?? ''), [question.text]);
  useEffect(() => setAsset(question.asset ?? ''), [question.asset]);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    onQuestion({ text: text.trim(), asset: asset.trim() });
  };
  return (
    <form role="search" onSubmit={submit} className="grid grid-cols-2 gap-2 text-sm">
      <input
        className="field col-span-2"
        type="search"
        aria-label="Words in the line"
        placeholder="Words in the line"
        maxLength={200}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <input
        className="field col-span-2"
        aria-label="Asset"
        placeholder="Asset, its whole name"
        maxLength={200}
        value={asset}
        onChange={({ target }) => setAsset(target.value)}
      />
      <select
        className="field"
        aria-label="Kind"
        value={question.kind ?? ''}
        onChange={({ target }) => onQuestion({ kind: signalKinds.find((kind) => kind === target.value) })}
      >
        <option value="">every kind</option>
        {signalKinds.map((kind) => (
          <option key={kind}>{kind}</option>
        ))}
      </select>
      <select
        className="field"
        aria-label="Severity"
        value={question.severity ?? ''}
        onChange={({ target }) => onQuestion({ severity: severities.find((severity) => severity === target.value) })}
      >
        <option value="">every severity</option>
        {severities.map((severity) => (
          <option key={severity}>{severity}</option>
        ))}
      </select>
      <button className="quiet-button col-span-2">Search</button>
    </form>
  );
}

function isAsked({ text, asset, kind, severity, pattern }: LogQuestion): boolean {
  return [text, asset, kind, severity, pattern].some((part) => part !== undefined);
}
