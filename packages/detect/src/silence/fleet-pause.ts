import type { SilenceLearning } from './silence-learning.ts';
import { type SilenceTable, TOLD } from './silence-table.ts';

/**
 * True when most of those that spoke at a moment are overdue at a later one although nothing came in between: all had
 * stopped, as they do when their sender, the network or the program was down, and will be back one after the other.
 */
export function isFleetPause(
  table: SilenceTable,
  { limitMs, isKnown }: Pick<SilenceLearning, 'limitMs' | 'isKnown'>,
  { from, to }: { readonly from: number; readonly to: number },
): boolean {
  const { lastAt, told } = table.columns();
  let [over, within] = [0, 0];
  for (let slot = 0; slot < table.size(); slot += 1) {
    const last = lastAt[slot] ?? 0;
    const limit = limitMs(slot);
    if (told[slot] !== TOLD.no || last > from || from - last > limit || !isKnown(slot)) continue;
    if (to - last > limit) over += 1;
    else within += 1;
  }
  return over > within;
}
