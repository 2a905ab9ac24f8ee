import type { TenantId } from '@heliosiq/model';
import type { Logger, Meter } from '@heliosiq/ports';
import { createBoundedMap } from '../bounded-map.ts';
import type { PageDamage } from './sample-reader.ts';

/** Says in the log and in a metric which stored bytes cannot be read. */
export interface DamageReport {
  note(tenantId: TenantId, damage: PageDamage): void;
}

/** Damages that were told; one is told once in a process, however often it is met. */
const toldMax = 10_000;

export function createDamageReport({
  logger,
  meter,
}: {
  readonly logger?: Logger;
  readonly meter?: Meter;
}): DamageReport {
  const told = createBoundedMap<string, true>(toldMax);
  const damaged = meter?.counter({
    name: 'heliosiq_lake_damaged_total',
    help: 'Parts of the series store that could not be read, each counted once.',
  });
  return {
    note(tenantId, { page, frame }) {
      // What is put aside goes on under the negative of its number.
      const name = `${page.table} ${page.group} ${Math.abs(page.id)} ${frame?.offset ?? 'directory'}`;
      if (told.get(name) === true) return;
      told.set(name, true);
      damaged?.add(1);
      const { table, group, id } = page;
      const place =
        frame === undefined ? { part: 'directory' } : { part: 'frame', series: frame.ref, offset: frame.offset };
      const [from, until] = [frame?.firstAt ?? page.from, frame?.lastAt ?? page.until];
      logger?.error(
        { tenant: tenantId, table, group, id, ...place, from, until },
        'stored samples are damaged and left out of answers: the bytes do not match their checksum',
      );
    },
  };
}
