import type { TenantId } from '@heliosiq/model';
import type { StoredLabels } from './stored-labels.ts';

/** Where a server keeps series; `{tenant}` in any text stands for the id of the tenant. */
export interface ServerPlace {
  /** Base address of the query API, what stands before `/api/v1/query`. */
  readonly url: string;
  /** Where remote write goes; undefined when nothing is to be written. */
  readonly writeUrl: string | undefined;
  /** Sent with every request, such as a credential or `X-Scope-OrgID`. */
  readonly headers: Readonly<Record<string, string>>;
  /** On every series that is written, asked for in every question, and no part of a series otherwise. */
  readonly outerLabels: StoredLabels;
}

const placeholder = '{tenant}';

/** True when the server keeps the tenants apart that the place is filled in for. */
export function tellsTenantsApart({ url, headers, outerLabels }: ServerPlace): boolean {
  return [url, ...Object.values(headers), ...Object.values(outerLabels)].some((text) => text.includes(placeholder));
}

/** The place of one tenant. */
export function placeOf(place: ServerPlace, tenantId: TenantId): ServerPlace {
  const filled = (text: string): string => text.replaceAll(placeholder, tenantId);
  const all = (texts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, filled(text)]));
  return {
    url: filled(place.url),
    writeUrl: place.writeUrl === undefined ? undefined : filled(place.writeUrl),
    headers: all(place.headers),
    outerLabels: all(place.outerLabels),
  };
}
