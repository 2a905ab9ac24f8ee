import { z } from 'zod';

/** How bad, from worst to least. */
export const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);
export type Severity = z.infer<typeof Severity>;

/** Worst first: the smaller number is the worse severity. */
export function severityRank(severity: Severity): number {
  return Severity.options.indexOf(severity);
}

/** The worse of two severities. */
export function worseSeverity(a: Severity, b: Severity): Severity {
  return severityRank(a) <= severityRank(b) ? a : b;
}
