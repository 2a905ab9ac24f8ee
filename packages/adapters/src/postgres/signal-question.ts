import { sql, type RawBuilder } from 'kysely';
import type { DiscreteSignal, Severity, TenantId } from '@heliosiq/model';
import type { SignalFilter, TimeRange } from '@heliosiq/ports';
import { checkKeyCount } from '../limits.ts';
import { columnText } from './json-column.ts';
import { timeBound } from './time-bound.ts';

/** The condition on rows of `signal` that a question amounts to. */
export function signalCondition(
  tenantId: TenantId,
  { kinds, assets, severities, text, patterns }: SignalFilter,
  range: TimeRange,
): RawBuilder<boolean> {
  const conditions = [
    sql`tenant_id = ${tenantId}`,
    sql`at >= ${timeBound(range.from)}`,
    sql`at < ${timeBound(range.to)}`,
  ];
  if (kinds !== undefined) conditions.push(sql`kind = any(${[...kinds] satisfies DiscreteSignal['kind'][]}::text[])`);
  if (assets !== undefined) conditions.push(sql`asset = any(${[...assets]}::text[])`);
  if (severities !== undefined) {
    // The column is that of logs; older rows and other kinds say it in the document alone.
    conditions.push(sql`(severity = any(${[...severities]}::text[])
      or severity is null and document::text ~ ${ofSeverities(severities)})`);
  }
  if (text !== undefined) conditions.push(sql`search_text ilike ${containing(text)}`);
  if (patterns !== undefined) {
    checkKeyCount(patterns, 2000, 'patterns');
    conditions.push(sql`pattern = any(${[...patterns]}::text[])`);
  }
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

/** A pattern for ILIKE that takes every character of the text literally. */
function containing(text: string): string {
  return `%${columnText(text).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

const jsonText = String.raw`"(?:[^"\\]|\\.)*"`;
const jsonLabels = String.raw`\{(?:${jsonText}:${jsonText},?)*\}`;

/**
 * A pattern for a document whose own severity, not that of a label, is one of some. PostgreSQL's operators for JSON refuse
 * a document that holds U+0000 or half a surrogate pair anywhere.
 */
function ofSeverities(severities: readonly Severity[]): string {
  const members = String.raw`(?:${jsonText}:(?:${jsonText}|${jsonLabels}|[-+.0-9eE]+),)*`;
  return String.raw`^\{${members}"severity":"(?:${severities.join('|') || '-'})"`;
}
