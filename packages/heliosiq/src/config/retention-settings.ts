import { retentionDefaults, retentionKinds, sampleDaysMin } from '@heliosiq/lake/retention/retention-rules.ts';
import { TenantId } from '@heliosiq/model';
import { z } from 'zod';
import { Structured } from './setting.ts';
import type { Setting } from './setting.ts';

/** Days, also as text such as `30` or `30d`; 0 means for ever. */
const Days = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d+d?$/)
        .transform((text) => Number.parseInt(text, 10)),
    ],
    'give whole days',
  )
  .refine((days) => Number.isInteger(days) && days >= 0 && days <= 36_500, 'give whole days from 0 to 36,500');

const Keep = z
  .partialRecord(z.enum(retentionKinds), Days)
  .refine(
    ({ sample }) => sample === undefined || sample === 0 || sample >= sampleDaysMin,
    `keep samples for ${sampleDaysMin} days at least: rollups are made of a day when it is over`,
  );

/** How long what is kept. */
export const retentionSettings = {
  retentionKeep: {
    key: 'retention.keep',
    schema: Structured(Keep, '{"sample": 30, "log": 14}').default({}),
    placeholder: 'JSON',
    help: `Days for which each kind is kept, 0 = for ever, e.g. {sample: 30, log: 14}. Kinds and their defaults: ${retentionKinds
      .map((kind) => `${kind} ${retentionDefaults[kind]}`)
      .join(', ')}.`,
  },
  retentionTenants: {
    key: 'retention.tenants',
    schema: Structured(z.record(TenantId, Keep), '{"TENANT": {"sample": 7}}').default({}),
    placeholder: 'JSON',
    help: 'Other days for some tenants: {acme: {sample: 7, log: 3}}.',
  },
} as const satisfies Record<string, Setting>;
