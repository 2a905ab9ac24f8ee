import type { Incident, Severity } from '@heliosiq/model';

const colors: Readonly<Record<Severity, string>> = {
  critical: 'text-critical border-critical bg-critical/10',
  high: 'text-high border-high bg-high/10',
  medium: 'text-medium border-medium bg-medium/10',
  low: 'text-low border-low bg-low/10',
  info: 'text-soft border-line',
};

/** The severity in its colour and in words. */
export function SeverityMark({ severity }: { readonly severity: Severity }) {
  return (
    <span className={`rounded-full border px-2.5 text-xs/5 font-semibold uppercase tracking-wide ${colors[severity]}`}>
      {severity}
    </span>
  );
}

interface StatusLook {
  readonly words: string;
  readonly sign: string;
  readonly color: string;
}

const statusLooks: Readonly<Record<Incident['status'], StatusLook>> = {
  open: { words: 'open', sign: '●', color: 'text-critical' },
  acknowledged: { words: 'being handled', sign: '◐', color: 'text-accent' },
  mitigated: { words: 'mitigated', sign: '◑', color: 'text-medium' },
  resolved: { words: 'resolved', sign: '✓', color: 'text-good' },
};

/** The status as a sign and in words. */
export function StatusMark({ status }: { readonly status: Incident['status'] }) {
  const { words, sign, color } = statusLooks[status];
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap ${color}`}>
      <span aria-hidden>{sign}</span>
      <span>{words}</span>
    </span>
  );
}
