import type { Admin, ClusterMetadata } from '@platformatic/kafka';
import type { Health, HealthCheck } from '@heliosiq/ports';
import { logTopics } from './log-topics.ts';

/** Whether the brokers answer, and each partition of the log has a leader that takes records. */
export function createLogHealth(admin: Admin, topicPrefix: string): HealthCheck {
  const topics = logTopics.map((topic) => `${topicPrefix}${topic}`);
  return {
    name: 'kafka',
    async check(): Promise<Health> {
      const startedAt = performance.now();
      const answer = await admin.metadata({ topics, forceUpdate: true, retries: 0 }).then(verdict, () => ({
        ok: false,
        detail: 'no broker tells of the topics',
      }));
      return { name: 'kafka', ...answer, latencyMs: performance.now() - startedAt };
    },
  };
}

function verdict({ brokers, topics }: ClusterMetadata): Pick<Health, 'ok' | 'detail'> {
  const partitions = [...topics.values()].flatMap((topic) => topic.partitions);
  const shut = partitions.filter(({ leader, replicas, isr }) => leader < 0 || (replicas.length >= 3 && isr.length < 2));
  if (shut.length === 0) return { ok: true, detail: brokers.size === 1 ? '1 broker' : `${brokers.size} brokers` };
  return { ok: false, detail: `${shut.length} of ${partitions.length} partitions take no records` };
}
