import type { Incident, Severity } from '@heliosiq/model';

const colors: Readonly<Record<Severity, string>> = {
  critical: 'text-critical border-critical',
  high: 'text-high border-high',
  medium: 'text-medium border-medium',
  low: 'text-low border-low',
  info: 'text-soft border-line',
};

/** The severity in its colour and in words. */
export function SeverityMark({ severity }: { readonly severity: Severity }) {
  return (
    <span className={`rounded-full border px-2 text-xs font-semibold uppercase tracking-wide ${colors[severity]}`}>
      {severity}
    </span>
  );
}

const statusWords: Readonly<Record<Incident['status'], string>> = {
  open: 'open',
  acknowledged: 'being handled',
  resolved: 'resolved',
};

/** The status in words. */
export function StatusMark({ status }: { readonly status: Incident['status'] }) {
  const color = status === 'resolved' ? 'text-good' : status === 'open' ? 'text-ink' : 'text-accent';
  return <span className={`text-sm ${color}`}>{statusWords[status]}</span>;
}
