import { HeliosError } from '@heliosiq/model';
import { filterTakes, isTopicFilter } from './topic-name.ts';

/** Says whether a tenant's clients may publish to a topic. */
export type TopicPermit = (topic: string, tenantId: string) => boolean;

/**
 * Topics that each tenant may publish to: MQTT filters in which `{tenant}` stands for the tenant's name. `#` permits all,
 * which is safe too, because every message belongs to the tenant of its connection. Throws `config-invalid` for what is no filter.
 */
export function createTopicPermit(filters: readonly string[]): TopicPermit {
  for (const filter of filters) {
    if (isTopicFilter(filter.replaceAll('{tenant}', 'tenant'))) continue;
    throw new HeliosError('config-invalid', `"${filter}" is not a topic filter`, {
      cure: 'Write it like "{tenant}/#"',
    });
  }
  return (topic, tenantId) => filters.some((filter) => filterTakes(filter.replaceAll('{tenant}', tenantId), topic));
}
