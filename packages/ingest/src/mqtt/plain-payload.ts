import { accepted, rejected } from '@heliosiq/model';
import type { PayloadOutcome } from './measurement.ts';

/** A decimal number, perhaps followed by a unit of one word such as `°C`, `kWh` or `%`; one with digits (`m3/h`) after a space. */
const numberForm =
  /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)(?:\s*([^\s\d.,;:+-][^\s\d]{0,31})|\s+([^\s\d.,;:+-]\S{0,31}))?$/;

const words: Readonly<Record<string, number>> = {
  true: 1,
  on: 1,
  yes: 1,
  online: 1,
  open: 1,
  up: 1,
  false: 0,
  off: 0,
  no: 0,
  offline: 0,
  closed: 0,
  down: 0,
};

/** Reads a payload that is one number, perhaps with its unit, or a word for yes or no (1 and 0). */
export function readPlainPayload(text: string): PayloadOutcome {
  const trimmed = text.trim();
  if (trimmed === '') return rejected('empty');
  const word = trimmed.length <= 7 ? trimmed.toLowerCase() : '';
  if (Object.hasOwn(words, word)) return accepted([{ name: '', value: words[word] ?? 0 }]);
  const [, digits, attached, apart] = numberForm.exec(trimmed) ?? [];
  const value = Number(digits);
  if (digits === undefined || !Number.isFinite(value)) return rejected('no-number');
  return accepted([{ name: '', value, unit: attached ?? apart }]);
}
