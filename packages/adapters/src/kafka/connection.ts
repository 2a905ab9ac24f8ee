import { isIP } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';

/** Where a Kafka cluster is and how one proves oneself to it. */
export interface KafkaConnection {
  /** `host:port` of some of the brokers; the others are learnt from them. */
  readonly brokers: readonly string[];
  /** The name under which the brokers log this program. */
  readonly clientId: string;
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: string;
  };
  /** Given, even empty: connect by TLS. Certificates and keys are PEM texts. */
  readonly tls?: {
    /** Who signed the brokers' certificates, where it is none of Node's known authorities. */
    readonly ca?: string;
    /** This program's certificate and key, for brokers that ask for them. */
    readonly cert?: string;
    readonly key?: string;
  };
}

/** Bounds of one exchange with a broker, in milliseconds. */
export interface ExchangeBounds {
  readonly connectTimeoutMs: number;
  /** From the request to its answer. */
  readonly requestTimeoutMs: number;
  /** How often an exchange that failed in passing is tried again, and after how long. */
  readonly retries: number;
  readonly retryDelayMs: number;
}

/** The connection in the words of `@platformatic/kafka`. */
export function clientOptions(connection: KafkaConnection, bounds: ExchangeBounds) {
  const { brokers, clientId, sasl, tls } = connection;
  const tlsOptions: TlsOptions | undefined = tls === undefined ? undefined : { ...tls };
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: bounds.connectTimeoutMs,
    requestTimeout: bounds.requestTimeoutMs,
    timeout: bounds.requestTimeoutMs,
    retries: bounds.retries,
    retryDelay: bounds.retryDelayMs,
    ...(sasl === undefined ? {} : { sasl }),
    ...(tlsOptions === undefined ? {} : { tls: tlsOptions, tlsServerName: haveNames(brokers) }),
  };
}

/** Brokers are told by which name they were dialled (RFC 6066 forbids addresses there); certificates are checked either way. */
function haveNames(brokers: readonly string[]): boolean {
  return brokers.every((broker) => isIP(broker.slice(0, broker.lastIndexOf(':'))) === 0);
}
