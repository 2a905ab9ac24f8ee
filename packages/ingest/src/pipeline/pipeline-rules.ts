import { HeliosError, Severity } from '@heliosiq/model';
import { z } from 'zod';
import { compileArithmetic } from './arithmetic.ts';
import { redactorNames } from './redaction-patterns.ts';
import { compileTemplate } from './template.ts';
import { compileExpressionWords, compileMatch } from './text-match.ts';

/** Adds what a compiler complains of to the place that it was given. */
function compiles<Words>(compile: (words: Words) => unknown): (words: Words, context: z.core.$RefinementCtx) => void {
  return (words, context) => {
    try {
      compile(words);
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      context.addIssue({
        code: 'custom',
        message: `${error.message}${error.cure === undefined ? '' : `. ${error.cure}`}`,
      });
    }
  };
}

const One = z
  .string('give a text')
  .min(1, 'give a text that is not empty')
  .max(1000)
  .superRefine(compiles(compileMatch));
const Match = z.union(
  [One, z.array(One).min(1).max(100)],
  'give a text, a pattern with * and ?, /an expression/, or a list of them',
);
const TemplateText = z.string('give a text').min(1).max(1000).superRefine(compiles(compileTemplate));
const Arithmetic = z.string('give arithmetic such as value / 1024').superRefine(compiles(compileArithmetic));
const LabelName = z.string().min(1).max(128);
const Pattern = z.string().superRefine((words, context) => {
  if (redactorNames.some((name) => name === words)) return;
  if (words.startsWith('/')) return compiles(compileExpressionWords)(words, context);
  context.addIssue({
    code: 'custom',
    message: `there is no pattern "${words}"; use ${redactorNames.join(', ')} or /an expression/`,
  });
});
const Field = z
  .string()
  .regex(
    /^(?:body|title|text|link|actor|asset|labels|label\..{1,128})$/s,
    'use body, title, text, link, actor, asset, labels or label.NAME',
  );

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A length of time such as `500ms`, `30s`, `5m` or `1h`, in milliseconds. */
export function spanMs(text: string): number {
  const parts = /^(\d{1,6})(ms|s|m|h)$/.exec(text);
  return Number(parts?.[1]) * (unitMs[parts?.[2] ?? ''] ?? Number.NaN);
}

const Span = z
  .string('give a span such as 30s')
  .refine((text) => spanMs(text) > 0, 'give a span such as 500ms, 30s, 5m or 1h');

const When = z.strictObject({
  tenant: Match.optional(),
  kinds: z
    .array(z.enum(['sample', 'event', 'log', 'change', 'alert']))
    .min(1)
    .optional(),
  asset: Match.optional(),
  metric: Match.optional(),
  labels: z.record(LabelName, Match).optional(),
  text: Match.optional(),
  severity: z.array(Severity).min(1).optional(),
});
export type PipelineWhen = z.infer<typeof When>;

const Rename = z.strictObject({
  asset: TemplateText.optional(),
  metric: TemplateText.optional(),
  labels: z.record(LabelName, LabelName.nullable()).optional(),
});

const Redact = z.strictObject({
  fields: z.array(Field).min(1).optional(),
  patterns: z.array(Pattern).min(1).max(50),
  with: z.string().min(1).max(50).default('***'),
});

const Derive = z
  .strictObject({
    labels: z.record(LabelName, TemplateText).optional(),
    metric: TemplateText.optional(),
    value: Arithmetic.optional(),
    unit: z.string().max(32).optional(),
  })
  .refine(
    ({ labels, metric, value }) => labels !== undefined || metric !== undefined || value !== undefined,
    'give labels, metric or value',
  );

const Thin = z
  .strictObject({
    'one-of': z.number().int().min(2).max(1_000_000).optional(),
    every: Span.optional(),
  })
  .refine((thin) => (thin['one-of'] === undefined) !== (thin.every === undefined), 'give either one-of or every');

const Route = z
  .strictObject({ asset: TemplateText.optional(), severity: Severity.optional() })
  .refine(({ asset, severity }) => asset !== undefined || severity !== undefined, 'give asset or severity');

const Action = z
  .strictObject({
    drop: z.literal(true, 'drop takes nothing but true').optional(),
    rename: Rename.optional(),
    redact: Redact.optional(),
    derive: Derive.optional(),
    sample: Thin.optional(),
    route: Route.optional(),
  })
  .refine(
    (action) => Object.values(action).filter((part) => part !== undefined).length === 1,
    'give exactly one of drop, rename, redact, derive, sample, route',
  );

const Do = z.preprocess((action) => (action === 'drop' ? { drop: true } : action), Action);

/** One rule of the pipeline: which signals it means, and what it does to them. */
export const PipelineRule = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,60}$/, 'use lower-case letters, digits and hyphens'),
    when: When.default({}),
    do: Do,
  })
  .superRefine((rule, context) => {
    const complain = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    const { when, do: action } = rule;
    const samplesOnly = when.kinds?.every((kind) => kind === 'sample') ?? when.metric !== undefined;
    const samplesToo = when.kinds?.includes('sample') ?? true;
    if (action.drop === true && Object.values(when).every((part) => part === undefined)) {
      complain(['when'], 'a rule that drops must say what: this one would drop everything');
    }
    if (action.sample?.every !== undefined && !samplesOnly) {
      complain(['do', 'sample', 'every'], 'intervals are for samples: give when.kinds: [sample] or when.metric');
    }
    if (!samplesToo && (action.derive?.value !== undefined || action.derive?.metric !== undefined)) {
      complain(['do', 'derive'], 'values and metrics are of samples, which when.kinds leaves out');
    }
    if (when.metric !== undefined && (when.text !== undefined || when.severity !== undefined)) {
      complain(['when'], 'metric is of samples, text and severity are of all other signals: nothing has both');
    }
  });
export type PipelineRule = z.infer<typeof PipelineRule>;

/** The setting `pipeline`: rules in the order in which they run. */
export const PipelineRules = z
  .array(PipelineRule, 'give a list of rules')
  .max(500)
  .superRefine((rules, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of rules.entries()) {
      if (seen.has(name))
        context.addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is given twice` });
      seen.add(name);
    }
  });
export type PipelineRules = z.infer<typeof PipelineRules>;

/** Runs first unless it is switched off: secrets in texts are hidden before they are stored. */
export const secretsRule: PipelineRule = {
  name: 'default-secrets',
  when: { kinds: ['event', 'log', 'change', 'alert'] },
  do: { redact: { patterns: ['private-key', 'jwt', 'password-pair', 'api-key'], with: '***' } },
};
