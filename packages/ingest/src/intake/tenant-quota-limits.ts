import { TenantId } from '@heliosiq/model';
import { z } from 'zod';

/** What one tenant may send; 0 = no limit. */
export interface TenantLimits {
  /** Samples and other signals a second, on average. */
  readonly samplesPerSecond: number;
  /** Signals that may come at once before the rate tells; ten seconds' worth when absent. */
  readonly samplesBurst?: number | undefined;
  /** Series of the tenant. */
  readonly seriesMax: number;
  /** Bytes of bodies after decompression from midnight to midnight UTC. */
  readonly bytesPerDay: number;
}

/** Limits of all tenants, and what is different for some. */
export interface QuotaLimits extends TenantLimits {
  readonly tenants?: Readonly<Record<string, Partial<TenantLimits>>>;
}

export const quotaDefaults: QuotaLimits = { samplesPerSecond: 0, seriesMax: 1_000_000, bytesPerDay: 0 };

/** The limits of one tenant. */
export function limitsOf({ tenants = {}, ...common }: QuotaLimits, tenantId: TenantId): TenantLimits {
  return { ...common, ...(Object.hasOwn(tenants, tenantId) ? tenants[tenantId] : {}) };
}

const multiples: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

const sizeForm = /^(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]i?)?b?$/i;

/** A number of bytes: whole, or with a unit such as `500MB` or `10GiB`. */
export const ByteSize = z
  .union([z.number(), z.string()], 'give bytes, or a size such as 500MB or 10GiB')
  .transform((size, context) => {
    const parts = sizeForm.exec(String(size).trim());
    const bytes = Number(parts?.[1]) * (multiples[(parts?.[2] ?? '').toLowerCase()] ?? Number.NaN);
    if (Number.isFinite(bytes)) return Math.floor(bytes);
    context.addIssue({ code: 'custom', message: 'give bytes, or a size such as 500MB or 10GiB' });
    return z.NEVER;
  });

const Count = z.number('give a whole number, 0 for no limit').int().min(0);

const TenantLimitsRow = z
  .strictObject({
    'samples-per-second': Count.optional(),
    'samples-burst': Count.optional(),
    'series-max': Count.optional(),
    'bytes-per-day': ByteSize.optional(),
  })
  .transform((row): Partial<TenantLimits> => {
    const named = {
      samplesPerSecond: row['samples-per-second'],
      samplesBurst: row['samples-burst'],
      seriesMax: row['series-max'],
      bytesPerDay: row['bytes-per-day'],
    };
    return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  });

/** The setting `limits.tenants`: tenants whose limits are not those of all. */
export const TenantLimitsTable = z.record(TenantId, TenantLimitsRow);
