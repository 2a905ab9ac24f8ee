import type { Logger } from '@heliosiq/ports';

/** One line as logged. */
export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger whose last lines can be read back in the process. */
export interface MemoryLogger extends Logger {
  readonly lines: readonly LoggedLine[];
}

/** A logger in memory that keeps the last `linesMax` (default 1,000) lines, its children's too. */
export function createMemoryLogger(linesMax = 1000): MemoryLogger {
  const lines: LoggedLine[] = [];

  function loggerWith(bound: Readonly<Record<string, unknown>>): MemoryLogger {
    const at = (level: LoggedLine['level']) => (fields: Readonly<Record<string, unknown>>, message: string) => {
      lines.push({ level, message, fields: { ...bound, ...fields } });
      if (lines.length > linesMax) lines.shift();
    };
    return {
      lines,
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => loggerWith({ ...bound, ...fields }),
    };
  }

  return loggerWith({});
}
