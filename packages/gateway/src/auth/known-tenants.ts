import type { TenantStore } from '@heliosiq/ports';

/** Which tenants there are, as of at most 30 s ago. */
export type IsTenant = (id: string) => Promise<boolean>;

const cachedForMs = 30_000;

export function createKnownTenants({
  tenants,
  now,
}: {
  readonly tenants: TenantStore;
  readonly now: () => number;
}): IsTenant {
  let known: { readonly ids: ReadonlySet<string>; readonly until: number } | undefined;
  return async (id) => {
    if (known === undefined || known.until <= now()) {
      const ids = new Set<string>((await tenants.tenants()).map((tenant) => tenant.id));
      known = { ids, until: now() + cachedForMs };
    }
    return known.ids.has(id);
  };
}
