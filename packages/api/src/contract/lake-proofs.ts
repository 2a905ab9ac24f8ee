import { Timestamp } from '@heliosiq/model';
import { z } from 'zod';

/** A moment in a body: milliseconds since the epoch or ISO 8601 with a zone. Parsed to milliseconds. */
const BodyMoment = z.union(
  [Timestamp, z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))],
  'give milliseconds since 1970 or ISO 8601 with a zone',
);

const Tenant = z.string().max(63).optional();

/** Without `since` all that bronze has is looked at. `tenant`, if given, must be that of the credential. */
export const NewVerify = z.strictObject({ since: BodyMoment.optional(), until: BodyMoment.optional(), tenant: Tenant });

export const ReplayStage = z.enum(['silver', 'gold', 'detect', 'all']);

export const NewReplay = z.strictObject({
  from: z.literal('bronze').default('bronze'),
  since: BodyMoment,
  until: BodyMoment.optional(),
  stage: ReplayStage.default('all'),
  /** Put right what is missing or different. */
  apply: z.boolean().default(false),
  tenant: Tenant,
});

const Stage = z.enum(['silver', 'signals', 'gold', 'detect']);

export const LakeProofAnswer = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed', 'interrupted']),
  request: z.object({
    since: z.number(),
    until: z.number(),
    stages: z.array(Stage),
    applies: z.boolean(),
    checksBronze: z.boolean(),
  }),
  startedAt: z.number(),
  finishedAt: z.number().optional(),
  step: z.string(),
  share: z.number(),
  bronze: z
    .object({
      segments: z.number(),
      records: z.number(),
      samples: z.number(),
      bytes: z.number(),
      faults: z.array(
        z.object({ kind: z.string(), name: z.string(), detail: z.string(), samples: z.number().optional() }),
      ),
      links: z.array(z.object({ partition: z.number(), epoch: z.number(), link: z.string() })),
    })
    .optional(),
  stages: z.array(
    z.object({
      stage: Stage,
      items: z.number(),
      rebuilt: z.string(),
      stored: z.string(),
      isEqual: z.boolean(),
      missing: z.number(),
      different: z.number(),
      extra: z.number(),
      damaged: z.number(),
      first: z.array(
        z.object({
          kind: z.enum(['missing', 'different', 'extra', 'damaged']),
          what: z.string(),
          rebuilt: z.string().optional(),
          stored: z.string().optional(),
        }),
      ),
      applied: z.number(),
      notes: z.array(z.string()),
    }),
  ),
  isProven: z.boolean().optional(),
  reason: z.string().optional(),
});
export type LakeProofAnswer = z.infer<typeof LakeProofAnswer>;

export const ProofParams = z.strictObject({ id: z.uuid() });
