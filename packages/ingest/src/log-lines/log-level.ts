import type { Severity } from '@heliosiq/model';

/** How bad a line is, and the word for it that its sender used. */
export interface LogLevel {
  readonly severity: Severity;
  readonly word: string;
}

const words: Readonly<Record<string, Severity>> = {
  trace: 'info',
  verbose: 'info',
  debug: 'info',
  info: 'info',
  information: 'info',
  informational: 'info',
  notice: 'info',
  warn: 'medium',
  warning: 'medium',
  error: 'high',
  err: 'high',
  severe: 'high',
  exception: 'high',
  critical: 'critical',
  crit: 'critical',
  fatal: 'critical',
  panic: 'critical',
  alert: 'critical',
  emerg: 'critical',
  emergency: 'critical',
};

const syslogWords = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'];
const pinoWords = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const pythonWords = ['debug', 'info', 'warning', 'error', 'critical'];
const otelWords = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * The level that a field names: a word, or a number of the convention that its name and size tell: OpenTelemetry
 * (`severityNumber`, 1 to 24), Python (`levelno`), pino and bunyan (10 to 60), syslog (0 to 7).
 */
export function levelOfField(name: string, value: unknown): LogLevel | undefined {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\d{1,2}$/.test(value)
        ? Number(value)
        : undefined;
  if (number !== undefined) return levelOfWord(wordOfNumber(name, number));
  return typeof value === 'string' ? levelOfWord(value) : undefined;
}

function wordOfNumber(name: string, number: number): string {
  if (/^severity_?number$/i.test(name)) return otelWords[Math.floor((number - 1) / 4)] ?? '';
  if (/^levelno$/i.test(name)) return pythonWords[Math.floor(number / 10) - 1] ?? '';
  return (number < 8 ? syslogWords[number] : pinoWords[Math.floor(number / 10) - 1]) ?? '';
}

function levelOfWord(text: string): LogLevel | undefined {
  const word = text.trim().toLowerCase();
  const severity = Object.hasOwn(words, word) ? words[word] : undefined;
  return severity === undefined ? undefined : { severity, word };
}

/** Where a line begins with its level, names it as a field, or has the word in capitals. */
const lineForms = [
  /^\W{0,2}(trace|debug|info|notice|warn|warning|error|critical|fatal|panic)\b\W/i,
  /\b(?:level|lvl|severity)"?\s{0,2}[=:]\s{0,2}"?([a-z]{3,11})\b/i,
  /\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|PANIC)\b/,
];
const headLength = 300;

/** The level that a line of text seems to have. */
export function levelOfLine(line: string): LogLevel | undefined {
  const head = line.slice(0, headLength);
  for (const form of lineForms) {
    const level = levelOfWord(form.exec(head)?.[1] ?? '');
    if (level !== undefined) return level;
  }
  return undefined;
}
