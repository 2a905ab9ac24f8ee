import type { TenantId } from '@heliosiq/model';
import type { Counter, Logger, Meter } from '@heliosiq/ports';

export interface FaultyMessage {
  readonly tenantId: TenantId;
  readonly reason: string;
  readonly topic: string;
  readonly clientId: string;
}

/** Counts every message that was not taken, and logs some of them. */
export interface MessageFaults {
  note(message: FaultyMessage): void;
}

const quietMs = 10_000;
const placesMax = 1000;

/** Of one tenant and reason a line is logged every ten seconds at most, with the number of those that were not. */
export function createMessageFaults({
  meter,
  logger,
  now,
}: {
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
}): MessageFaults {
  const rejected: Counter = meter.counter({
    name: 'heliosiq_ingest_mqtt_rejected_total',
    help: 'MQTT messages that were not taken, by tenant and reason.',
    labels: ['tenant', 'reason'],
  });
  const places = new Map<string, { loggedAt: number; unlogged: number }>();
  return {
    note({ tenantId, reason, topic, clientId }) {
      rejected.add(1, { tenant: tenantId, reason });
      const key = `${tenantId} ${reason}`;
      const place = places.get(key);
      if (place !== undefined && now() - place.loggedAt < quietMs) {
        place.unlogged += 1;
        return;
      }
      if (place === undefined && places.size >= placesMax) places.clear();
      places.set(key, { loggedAt: now(), unlogged: 0 });
      const unlogged = place?.unlogged ?? 0;
      logger.warn({ tenantId, reason, topic: topic.slice(0, 300), clientId, unlogged }, 'mqtt-message-rejected');
    },
  };
}
