import { z } from 'zod';

/** Every error answer: RFC 9457 problem details, media type `application/problem+json`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** One of the error codes of the reference. */
  code: z.string(),
  detail: z.string().optional(),
  /** Path of the field at fault. */
  field: z.string().optional(),
  /** What to do about it. */
  cure: z.string().optional(),
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;
