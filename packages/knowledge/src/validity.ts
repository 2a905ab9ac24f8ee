/** Whether a document holds for an asset now, and why not. */

import type { AssetContext, PassageValidity } from '@heliosiq/ports';
import type { DocumentFacets } from './document-facets.ts';
import { isInRange } from './version-range.ts';

export interface ValidityQuestion {
  readonly asset?: AssetContext;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether a document that holds has replaced this one, and its source. */
  readonly supersededBy?: string | undefined;
}

/**
 * Judges a document: status, dates and superseding always; product, class, component and version where a question names
 * an asset. One `no` decides; otherwise one `unknown`.
 */
export function judgeValidity(facets: DocumentFacets, { asset, now, supersededBy }: ValidityQuestion): PassageValidity {
  const no: string[] = [];
  const unknown: string[] = [];
  if (facets.status !== 'current') no.push(`it is ${facets.status === 'draft' ? 'a draft' : 'retired'}`);
  if (facets.validFrom !== undefined && now < facets.validFrom) no.push(`it holds from ${dayOf(facets.validFrom)}`);
  if (facets.validUntil !== undefined && now >= facets.validUntil)
    no.push(`it held until ${dayOf(facets.validUntil - 1)}`);
  if (supersededBy !== undefined) no.push(`${supersededBy} replaces it`);
  if (asset !== undefined) {
    judgeName('product', facets.products, asset.product, { no, unknown });
    judgeName('class', facets.classes, asset.class, { no, unknown });
    if (asset.component !== undefined) judgeName('component', facets.components, asset.component, { no, unknown });
    judgeVersion(facets, asset.version, { no, unknown });
  }
  if (no.length > 0) return { applies: 'no', reasons: no };
  return unknown.length > 0 ? { applies: 'unknown', reasons: unknown } : { applies: 'yes', reasons: [] };
}

interface Reasons {
  readonly no: string[];
  readonly unknown: string[];
}

function judgeName(what: string, wanted: readonly string[], actual: string | undefined, reasons: Reasons): void {
  if (wanted.length === 0) return;
  if (actual === undefined)
    reasons.unknown.push(`it is for ${what} ${wanted.join(', ')}; that of the asset is not known`);
  else if (!wanted.includes(actual.toLowerCase()))
    reasons.no.push(`it is for ${what} ${wanted.join(', ')}, not ${actual}`);
}

function judgeVersion(facets: DocumentFacets, version: string | undefined, reasons: Reasons): void {
  const { versionText, versions } = facets;
  if (versionText === undefined) return;
  if (versions === undefined) return void reasons.unknown.push(`its version range "${versionText}" cannot be read`);
  if (version === undefined)
    return void reasons.unknown.push(`it is for version ${versionText}; that of the asset is not known`);
  const inside = isInRange(version, versions);
  if (inside === undefined)
    reasons.unknown.push(`the asset's version "${version}" cannot be compared with ${versionText}`);
  else if (!inside) reasons.no.push(`it is for version ${versionText}, not ${version}`);
}

function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}

/** After so many days what a document of a kind says counts half as new; other kinds do not age. */
const HALF_LIFE_DAYS: Readonly<Record<string, number>> = { incident: 180, postmortem: 365, insight: 30, note: 180 };

/** How old news are, 0 (new, or of a kind that does not age) to 1. */
export function staleness(facets: DocumentFacets, addedAt: number, now: number): number {
  const halfLifeDays = facets.kind === undefined ? undefined : HALF_LIFE_DAYS[facets.kind];
  if (halfLifeDays === undefined) return 0;
  const ageDays = Math.max(0, now - (facets.writtenAt ?? addedAt)) / 86_400_000;
  return 1 - 2 ** (-ageDays / halfLifeDays);
}
