import type { SeriesRef, TenantId } from '@heliosiq/model';
import type { SeriesRegistry } from '@heliosiq/ports';

/** Something about a series. */
interface OfSeries {
  readonly series: SeriesRef;
}

/** Puts the units that the registry knows in place of those that names tell; it learns nothing from the question. */
export function createUnits(
  registry: SeriesRegistry | undefined,
): <Item extends OfSeries>(tenantId: TenantId, items: readonly Item[]) => Promise<readonly Item[]> {
  return async (tenantId, items) => {
    if (registry === undefined || items.length === 0) return items;
    const bare = items.map(({ series: { id, asset, metric, labels } }) => ({ id, asset, metric, labels }));
    const refs = await registry.register(tenantId, bare, { newMax: 0 });
    const described = await registry.describe(
      tenantId,
      refs.filter((ref) => ref > 0),
    );
    return items.map((item, index) => {
      const known = described.get(refs[index] ?? 0);
      return known === undefined ? item : { ...item, series: { ...item.series, ...unitOf(known) } };
    });
  };
}

function unitOf({ unit }: SeriesRef): { unit?: string } {
  return unit === undefined ? {} : { unit };
}
