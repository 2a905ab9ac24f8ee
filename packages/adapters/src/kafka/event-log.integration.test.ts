import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import { eventLogConformance } from '@heliosiq/ports/conformance/event-log.ts';
import type { OpenedEventLog } from '@heliosiq/ports/conformance/event-log-membership.ts';
import { createKafkaEventLog } from './event-log.ts';

/** A log with topics and groups of its own on the test broker, and further clients of it. */
async function openLog(broker: string): Promise<OpenedEventLog> {
  const stack = new AsyncDisposableStack();
  const topicPrefix = `test-${randomUUID()}.`;
  const another = async () =>
    stack.use(
      createKafkaEventLog({
        connection: { brokers: [broker], clientId: 'heliosiq-test' },
        topicPrefix,
        memberSilenceMaxMs: 10_000,
      }),
    );
  return { log: await another(), another, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const broker = process.env['HELIOS_TEST_KAFKA'];
describe.skipIf(broker === undefined)('on a broker (needs HELIOS_TEST_KAFKA)', () => {
  eventLogConformance('Kafka', () => openLog(broker ?? ''));
});
