import type { Logger } from '@heliosiq/ports';
import { destination, pino } from 'pino';
import type { Logger as PinoLogger } from 'pino';

/** Fields whose values never reach a log line, wherever they stand. */
const secretFields = ['authorization', 'password', 'secret', 'token', 'key', 'databaseUrl', 'cookie'];

export interface LoggerOptions {
  readonly level: string;
  /** Standard error when absent. */
  readonly file?: string;
}

/** Logs one JSON object a line. */
export function createLogger({ level, file }: LoggerOptions): Logger {
  const base = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '(hidden)' },
    },
    destination(file === undefined ? { dest: 2, sync: true } : { dest: file, sync: true, mkdir: true }),
  );
  return wrap(base);
}

function wrap(logger: PinoLogger): Logger {
  return {
    debug: (fields, message) => logger.debug(withError(fields), message),
    info: (fields, message) => logger.info(withError(fields), message),
    warn: (fields, message) => logger.warn(withError(fields), message),
    error: (fields, message) => logger.error(withError(fields), message),
    child: (fields) => wrap(logger.child(fields)),
  };
}

/** Pino writes an error out only under the name `err`. */
function withError(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { error, ...rest } = fields;
  return error === undefined ? rest : { ...rest, err: error };
}
