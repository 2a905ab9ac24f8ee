import type { CsvMapping, CsvTimeUnit } from './csv-mapping.ts';
import { parseIsoTime } from './wire-time.ts';

const unitsPerMs: Readonly<Record<Exclude<CsvTimeUnit, 'auto'>, number>> = { s: 0.001, ms: 1, us: 1000, ns: 1_000_000 };

/**
 * A cell as milliseconds since the epoch: ISO 8601, or a number since 1970 in the mapping's unit. A date alone is its
 * midnight. Answers the reason as text when it is no time.
 */
export function parseCsvTime(cell: string, { unit, zone }: CsvMapping['time']): number | string {
  const text = cell.trim();
  if (/^-?\d+(?:\.\d+)?(?:[eE]\+?\d+)?$/.test(text)) {
    const amount = Number(text);
    return Math.floor(amount / unitsPerMs[unit === 'auto' ? unitBySize(amount) : unit]);
  }
  const moment = parseIsoTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text, zone);
  if (moment === 'no-zone') return `"${text}" has no zone; add time.zone:=UTC to the mapping if that is its zone`;
  return moment === 'no-time' ? `"${text}" is neither ISO 8601 nor a number since 1970` : moment;
}

/** Times from 1973 to 5138 differ by their number of digits. */
function unitBySize(amount: number): Exclude<CsvTimeUnit, 'auto'> {
  const size = Math.abs(amount);
  if (size < 1e11) return 's';
  if (size < 1e14) return 'ms';
  return size < 1e17 ? 'us' : 'ns';
}
