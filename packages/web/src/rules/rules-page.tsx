import type { RuleGroups } from '@heliosiq/api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LoadState } from '../app/load-state.tsx';
import { PageTitle } from '../app/page-title.tsx';
import { apiQuery } from '../app/queries.ts';
import { shortNumber } from '../words/numbers.ts';
import { ago, span } from '../words/times.ts';
import { useNow } from '../words/use-now.ts';
import { byUrgency } from './rule-order.ts';

type Group = RuleGroups['groups'][number];
type Rule = Group['rules'][number];
type RuleAlert = Rule['alerts'][number];

const renewMs = 10_000;
const alertsShownMax = 50;

/** The rules of the tenant, what fires first: what waits, what failed, and a way to each question's chart. */
export function RulesPage() {
  const state = useQuery({ ...apiQuery('listRuleGroups'), refetchInterval: renewMs });
  return (
    <div className="grid gap-5">
      <PageTitle>Rules</PageTitle>
      {state.data === undefined ? (
        <LoadState error={state.error} what="rules" />
      ) : state.data.groups.length === 0 ? (
        <p className="card text-soft">
          No rules yet: bring a rule file of Prometheus, or objectives of OpenSLO, with{' '}
          <code>heliosiq rules import FILE</code>.
        </p>
      ) : (
        byUrgency(state.data.groups).map((group) => <GroupCard key={`${group.file}/${group.name}`} group={group} />)
      )}
    </div>
  );
}

function GroupCard({ group }: { readonly group: Group }) {
  const now = useNow();
  const { file, name, intervalMs, evaluatedAt, rules } = group;
  return (
    <section className="card grid gap-3" aria-label={name}>
      <header className="flex flex-wrap items-baseline gap-x-3">
        <h2 className="font-semibold wrap-anywhere">{name}</h2>
        <span className="text-sm text-soft">
          {file}, every {span(intervalMs)},{' '}
          {evaluatedAt === undefined ? 'not evaluated yet' : `evaluated ${ago(evaluatedAt, now)}`}
        </span>
      </header>
      <ul className="grid gap-3">
        {rules.map((rule, index) => (
          <li key={`${rule.name}-${index}`}>
            <RuleLine rule={rule} now={now} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function RuleLine({ rule, now }: { readonly rule: Rule; readonly now: number }) {
  const { name, query, forMs, fault, alerts } = rule;
  return (
    <div className="grid gap-1">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <StateMark rule={rule} />
        <span className="font-medium wrap-anywhere">{name}</span>
        {forMs > 0 && <span className="text-sm text-soft">for {span(forMs)}</span>}
        <Link to="/explore" search={{ q: [query] }} className="text-sm text-link underline">
          Chart
        </Link>
      </div>
      <code className="text-sm text-soft wrap-anywhere">{query}</code>
      {fault !== undefined && (
        <p role="alert" className="text-sm text-critical wrap-anywhere">
          Not evaluated: {fault}
        </p>
      )}
      {alerts.length > 0 && <Alerts alerts={alerts} now={now} />}
    </div>
  );
}

const looks = {
  firing: { words: 'firing', sign: '▲', color: 'text-critical' },
  pending: { words: 'waiting', sign: '◷', color: 'text-medium' },
  inactive: { words: 'quiet', sign: '✓', color: 'text-good' },
  unknown: { words: 'unknown', sign: '?', color: 'text-soft' },
} as const;

function StateMark({ rule: { kind, state, fault } }: { readonly rule: Rule }) {
  const isRecording = kind === 'recording' && fault === undefined;
  const { words, sign, color } = isRecording ? { words: 'recording', sign: '●', color: 'text-soft' } : looks[state];
  return (
    <span className={`whitespace-nowrap text-sm font-semibold ${color}`}>
      <span aria-hidden>{sign}</span> {words}
    </span>
  );
}

function Alerts({ alerts, now }: { readonly alerts: readonly RuleAlert[]; readonly now: number }) {
  const shown = alerts.slice(0, alertsShownMax);
  return (
    <ul className="grid gap-1 border-l-2 border-line pl-3 text-sm">
      {shown.map(({ labels, annotations, value, state, activeAt, firedAt }) => (
        <li key={JSON.stringify(labels)} className="grid">
          <span className="wrap-anywhere">
            {annotations['summary'] ?? annotations['description'] ?? labelWords(labels)}
          </span>
          <span className="text-soft wrap-anywhere">
            {state === 'firing'
              ? `fires, began ${ago(firedAt ?? activeAt, now)}`
              : `waits, began ${ago(activeAt, now)}`}
            , value {value === null ? 'NaN' : shortNumber(value)}, {labelWords(labels)}
          </span>
        </li>
      ))}
      {alerts.length > shown.length && <li className="text-soft">and {alerts.length - shown.length} more</li>}
    </ul>
  );
}

function labelWords(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .filter(([name]) => name !== 'alertname')
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ');
}
