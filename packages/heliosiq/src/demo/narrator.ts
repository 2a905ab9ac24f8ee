import { bold, cyan, dim, green, say } from '../commands/terminal.ts';

const barCharacters = 32;

/** Tells the demo's story on standard output. */
export interface Narrator {
  heading(text: string): void;
  line(text?: string): void;
  /** A bar that fills; on a terminal it redraws in place, elsewhere it prints once at the end. */
  progress(label: string, done: number, total: number): void;
  step(text: string): void;
}

/** A narrator for a person. */
export function createNarrator(): Narrator {
  const { isTTY } = process.stdout;
  return {
    heading: (text) => say(`\n${bold(cyan(text))}`),
    line: (text = '') => say(text),
    step: (text) => say(`${green('✓')} ${text}`),
    progress(label, done, total) {
      const share = total === 0 ? 1 : done / total;
      const filled = Math.round(share * barCharacters);
      const bar = `${green('█'.repeat(filled))}${dim('░'.repeat(barCharacters - filled))}`;
      const text = `  ${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${done.toLocaleString('en')} ${label}`;
      if (isTTY) process.stdout.write(`\r${text}${done >= total ? '\n' : ''}`);
      else if (done >= total) say(text);
    },
  };
}

/** A narrator that says nothing, for `--json`. */
export function createSilentNarrator(): Narrator {
  const nothing = (): void => undefined;
  return { heading: nothing, line: nothing, progress: nothing, step: nothing };
}
