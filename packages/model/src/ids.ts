import { v7 } from 'uuid';
import { z } from 'zod';

/** A tenant: a lower-case slug, unique in an installation. Every data port takes it first. */
export const TenantId = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'use 1 to 63 lower-case letters, digits or inner hyphens')
  .brand<'TenantId'>();
export type TenantId = z.infer<typeof TenantId>;

/** What a sender calls a device or a service, unique in its tenant, e.g. `PetSite` or `pump-7/motor`. */
export const AssetId = z.string().trim().min(1, 'name the asset').max(300, 'at most 300 characters').brand<'AssetId'>();
export type AssetId = z.infer<typeof AssetId>;

/** Identity of one series: 32 hexadecimal digits of the SHA-256 of tenant, metric, asset and labels. */
export const SeriesId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'SeriesId'>();
export type SeriesId = z.infer<typeof SeriesId>;

/** Identity of one anomaly, derived from its series, detector and start, so that a replay finds the same one. */
export const AnomalyId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'AnomalyId'>();
export type AnomalyId = z.infer<typeof AnomalyId>;

/** UUIDv7: incidents sort by the moment they were opened. */
export const IncidentId = z.uuid().brand<'IncidentId'>();
export type IncidentId = z.infer<typeof IncidentId>;

/** Identity of one diagnosis: 32 hexadecimal digits of the SHA-256 of incident and evidence. */
export const DiagnosisId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'DiagnosisId'>();
export type DiagnosisId = z.infer<typeof DiagnosisId>;

/** Identity of one document: 32 hexadecimal digits of the SHA-256 of tenant and source name. */
export const DocumentId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'DocumentId'>();
export type DocumentId = z.infer<typeof DocumentId>;

/** Identity of an API key: UUIDv7. The secret part is shown once and kept only as a hash. */
export const ApiKeyId = z.uuid().brand<'ApiKeyId'>();
export type ApiKeyId = z.infer<typeof ApiKeyId>;

/** A new UUID of version 7 (RFC 9562): sorts by time of creation. */
export function orderedId(): string {
  return v7();
}

/** A new incident id. */
export function newIncidentId(): IncidentId {
  return IncidentId.parse(v7());
}

/** A new API key id. */
export function newApiKeyId(): ApiKeyId {
  return ApiKeyId.parse(v7());
}
