import { CompressionAlgorithms, Producer, type MessageToProduce } from '@platformatic/kafka';
import { HeliosError } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { asKafkaFault } from './kafka-faults.ts';

/** Requests are repeated until then; a repeated one is written once, because the broker knows the producer's sequence. */
const sendMaxMs = 10_000;

/** A producer that is made anew after a failure. */
export interface LogProducer extends AsyncDisposable {
  /** Resolves when all in-sync copies have all messages; rejects with `unavailable` within some ten seconds. */
  send(messages: MessageToProduce[]): Promise<void>;
}

export function createLogProducer(options: {
  readonly connection: KafkaConnection;
  readonly logger: Logger | undefined;
}): LogProducer {
  const { connection, logger } = options;
  let producer: Producer | undefined;

  function open(): Producer {
    return new Producer({
      ...clientOptions(connection, {
        connectTimeoutMs: 2000,
        requestTimeoutMs: sendMaxMs,
        retries: 100,
        retryDelayMs: 100,
      }),
      // Implies acknowledgement by all in-sync copies.
      idempotent: true,
      compression: CompressionAlgorithms.ZSTD,
    });
  }

  /**
   * After a failure it is open what the brokers have: a producer with the old sequence could neither go on nor repeat. The
   * connections go with it, so that nothing of the failed request is sent later.
   */
  async function discard(): Promise<void> {
    const discarded = producer;
    producer = undefined;
    await discarded?.close(true).catch((error: unknown) => {
      logger?.debug({ error }, 'a producer of the event log could not be closed');
    });
  }

  return {
    async send(messages) {
      producer ??= open();
      let timer: NodeJS.Timeout | undefined;
      const deadline = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new HeliosError('unavailable', `Kafka did not take an append in ${sendMaxMs} ms`, { retryAfterS: 1 }));
        }, sendMaxMs);
      });
      const sent = producer.send({ messages });
      try {
        await Promise.race([sent, deadline]);
      } catch (error) {
        sent.catch(() => {}); // past its deadline it ends with its connections
        await discard();
        throw asKafkaFault(error, 'append');
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.asyncDispose]: discard,
  };
}
