import { TenantId } from '@heliosiq/model';
import { z } from 'zod';
import { BusinessHours } from './business-hours.ts';

/** A place that is told about incidents by HTTP. */
export const WebhookTarget = z.strictObject({
  /** Unique name, seen in timelines and metrics. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use 1 to 63 lower-case letters, digits or hyphens'),
  url: z.url({ protocol: /^https?$/, error: 'give an http or https URL' }),
  /** Key of the signature; at least 16 characters. */
  secret: z.string().min(16, 'use at least 16 characters'),
  /** Only incidents of this tenant; of all tenants when absent. */
  tenantId: TenantId.optional(),
  /** When it may be told; at any time when absent. */
  businessHours: BusinessHours.optional(),
});
export type WebhookTarget = z.infer<typeof WebhookTarget>;
