import { Log, Severity } from '@heliosiq/model';
import { z } from 'zod';
import { Moment, Whole, limitUpTo } from './series.ts';

/** The id of a log pattern. */
export const LogPatternId = z.string().regex(/^[0-9a-f]{16}$/, 'a pattern id has 16 hexadecimal digits');

/** The end of a page, as an answer gives it: the moment and the id of its last line. */
export const LogCursor = z
  .string()
  .max(250)
  .regex(/^-?\d{1,16}:./s, 'give `next` of the page before')
  .transform((text) => {
    const at = text.indexOf(':');
    return { at: Number(text.slice(0, at)), id: text.slice(at + 1) };
  });

const Steps = Whole.refine((steps) => steps >= 1 && steps <= 500, 'give 1 to 500');

const LogQuestion = z.strictObject({
  /** Case-insensitive part of the line. */
  text: z.string().min(1).max(200).optional(),
  asset: z.string().optional(),
  severity: Severity.optional(),
  from: Moment,
  to: Moment,
});

export const LogsQuery = LogQuestion.extend({
  pattern: LogPatternId.optional(),
  limit: limitUpTo(1000, 100),
  after: LogCursor.optional(),
  /** Steps of the histogram at most; without it there is none. */
  steps: Steps.optional(),
});

export const LogPatternsQuery = LogQuestion.extend({
  pattern: LogPatternId.optional(),
  limit: limitUpTo(1000, 50),
  steps: Steps.default(30),
});

export const LogPatternParams = z.strictObject({ id: LogPatternId });
export const LogPatternQuery = z.strictObject({ from: Moment, to: Moment });

/** `counts[i]` lines in the step that begins at `from + i * stepMs`. */
export const LogHistogram = z.object({ from: z.number(), stepMs: z.number(), counts: z.array(z.number()) });
export type LogHistogram = z.infer<typeof LogHistogram>;

/** A log with its pattern and its parameters by their place in the line, in UTF-16 code units. */
export const FoundLog = z.object({
  log: Log,
  pattern: LogPatternId.optional(),
  parameters: z.array(z.object({ from: z.number(), to: z.number(), kind: z.string() })),
});
export type FoundLog = z.infer<typeof FoundLog>;

export const LogPage = z.object({
  logs: z.array(FoundLog),
  /** Give it as `after` for the next page; absent at the end. */
  next: z.string().optional(),
  histogram: LogHistogram.optional(),
});
export type LogPage = z.infer<typeof LogPage>;

/** A pattern with its lines in the range; `template` shows parameters as `<kind>`. */
export const LogPatternUse = z.object({
  id: LogPatternId,
  template: z.string(),
  firstAt: z.number(),
  lastAt: z.number(),
  lines: z.number(),
  worst: Severity,
  histogram: LogHistogram,
  example: z.object({ asset: z.string(), severity: Severity, at: z.number(), body: z.string() }),
});
export type LogPatternUse = z.infer<typeof LogPatternUse>;

/** `known` patterns match, of `lines` lines; the list has those with most lines. */
export const LogPatternList = z.object({ patterns: z.array(LogPatternUse), known: z.number(), lines: z.number() });
export type LogPatternList = z.infer<typeof LogPatternList>;

export const LogPatternDetail = z.object({
  pattern: LogPatternUse.optional(),
  assets: z.array(z.object({ asset: z.string(), lines: z.number() })),
  severities: z.array(z.object({ severity: Severity, lines: z.number() })),
});
export type LogPatternDetail = z.infer<typeof LogPatternDetail>;
