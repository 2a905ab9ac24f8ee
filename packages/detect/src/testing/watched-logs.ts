import type { AnomalyEvent, AssetId, Log, TenantId } from '@heliosiq/model';
import type { LogRecord } from '@heliosiq/ports';
import type { LogWatch } from '../log-watch/log-watch.ts';
import type { ServiceLine } from './log-service.ts';

/** A tenant's name as the model wants it. */
export const logTenant = 'acme' as TenantId; // a slug

const nothing = (): undefined => undefined;

/** Lines of an asset as records of the log, from an offset on. */
export function logRecordsOf(lines: readonly ServiceLine[], asset: AssetId, fromOffset = 0): LogRecord[] {
  return lines.map(({ at, body, severity }, index) => {
    const offset = fromOffset + index;
    const log: Log = { kind: 'log', id: `l${offset}`, asset, at, body, severity, labels: {} };
    return {
      ...{ tenantId: logTenant, topic: 'signals', partition: 0, offset, appendedAt: at, key: 'lane-0', id: log.id },
      value: Buffer.from(JSON.stringify(log)),
    };
  });
}

/** Hands records to a watch in batches, saving after each; returns what it found. */
export async function watchRecords(
  watch: LogWatch,
  records: readonly LogRecord[],
  batchSize = 1000,
): Promise<AnomalyEvent[]> {
  const found: AnomalyEvent[] = [];
  for (let start = 0; start < records.length; start += batchSize) {
    const batch = records.slice(start, start + batchSize);
    found.push(...(await watch.observe({ tenantId: logTenant, partition: 0, records: batch, breathe: nothing })));
    await watch.save();
  }
  return found;
}
