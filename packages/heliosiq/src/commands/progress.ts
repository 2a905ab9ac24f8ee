import { complain } from './terminal.ts';

/** How often a person is told, unless the work is done. */
const TOLD_EVERY_MS = 3000;

/** Tells on standard error how far a long work is: at most every three seconds, and at its end. */
export function progressOf(work: string): (done: number, total: number) => void {
  const startedAt = performance.now();
  let toldAt = startedAt;
  return (done, total) => {
    const now = performance.now();
    if (done < total && now - toldAt < TOLD_EVERY_MS) return;
    toldAt = now;
    const leftS = ((now - startedAt) / 1000 / done) * (total - done);
    const left = done < total ? `, about ${Math.ceil(leftS)} s left` : '';
    complain(`${work}: ${done} of ${total}${left}`);
  };
}
