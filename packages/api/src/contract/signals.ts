import { DiscreteSignal } from '@heliosiq/model';
import { z } from 'zod';

export const SignalKind = z.enum(['event', 'log', 'change', 'alert']);

/** The end of a page, as an answer gives it: the moment, the kind and the id of its last signal. */
export const SignalCursor = z
  .string()
  .max(300)
  .regex(/^-?\d{1,16}:(event|log|change|alert):./s, 'give `next` of the page before')
  .transform((text) => {
    const [at = '', kind = ''] = text.split(':', 2);
    return { at: Number(at), kind: SignalKind.parse(kind), id: text.slice(at.length + kind.length + 2) };
  });

export const SignalPage = z.object({
  signals: z.array(DiscreteSignal),
  /** Give it as `after` for the next page; absent at the end. */
  next: z.string().optional(),
});
