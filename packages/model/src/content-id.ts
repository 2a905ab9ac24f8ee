import { hash } from 'node:crypto';
import type { AnomalyId, AssetId, DiagnosisId, DocumentId, IncidentId, SeriesId, TenantId } from './ids.ts';

/**
 * Ids that are a hash of what they name, so that a replay or a second process derives the same ones.
 * Kept apart from `ids.ts` because a browser has no `node:crypto`.
 */

/** The SHA-256 of a text or bytes, 64 hexadecimal digits. */
export function sha256Hex(content: string | Uint8Array): string {
  return hash('sha256', content);
}

/** The first 128 bits of the SHA-256 over parts kept apart by their lengths: 32 hexadecimal digits. */
export function contentId(...parts: readonly string[]): string {
  // In one call: each further one to the hash costs as much as all of these bytes.
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return hash('sha256', text).slice(0, 32);
}

/** Labels in a fixed order, so that equal label sets are equal texts. */
export function canonicalLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels);
  // Most senders keep them in order, and a look costs a third of what sorting does.
  if (!isInOrder(labels)) pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return JSON.stringify(pairs);
}

function isInOrder(labels: Readonly<Record<string, string>>): boolean {
  let before = '';
  for (const name in labels) {
    if (name < before) return false;
    before = name;
  }
  return true;
}

/** The identity of a series. */
export function seriesIdOf(
  tenantId: TenantId,
  series: { readonly asset: AssetId; readonly metric: string; readonly labels: Readonly<Record<string, string>> },
): SeriesId {
  // The cast holds: contentId yields exactly 32 hexadecimal digits.
  return contentId('series', tenantId, series.metric, series.asset, canonicalLabels(series.labels)) as SeriesId;
}

/** The identity of an anomaly: one per series, detector and first anomalous sample. */
export function anomalyIdOf(seriesId: SeriesId, detector: string, startedAt: number): AnomalyId {
  // The cast holds: contentId yields exactly 32 hexadecimal digits.
  return contentId('anomaly', seriesId, detector, String(startedAt)) as AnomalyId;
}

/** The identity of a diagnosis: the same evidence on the same incident is the same diagnosis. */
export function diagnosisIdOf(incidentId: IncidentId, evidenceHash: string): DiagnosisId {
  // The cast holds: contentId yields exactly 32 hexadecimal digits.
  return contentId('diagnosis', incidentId, evidenceHash) as DiagnosisId;
}

/** The identity of a document: one per tenant and source name; a new version of it keeps the id. */
export function documentIdOf(tenantId: TenantId, source: string): DocumentId {
  // The cast holds: contentId yields exactly 32 hexadecimal digits.
  return contentId('document', tenantId, source) as DocumentId;
}
