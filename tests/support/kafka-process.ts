import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** A Kafka broker of a test's own, to be killed and started again on the same data. */
export interface KafkaProcess extends AsyncDisposable {
  /** `host:port`; with security, the port that asks for it. */
  readonly broker: string;
  /** The port without security, beside the secured one. */
  readonly plainBroker: string;
  /** Ends the broker as a power failure of its process would. */
  kill(): Promise<void>;
  /** Starts it again after `kill`; resolves when it serves. */
  start(): Promise<void>;
}

export interface KafkaProcessOptions {
  /** Folder with `lib/*.jar`, from `HELIOS_TEST_KAFKA_HOME`. */
  readonly home: string;
  /** Where its data lie; the caller's to delete. */
  readonly folder: string;
  /** A listener with TLS and SASL: PLAIN by the users given here, and SCRAM by those the brokers keep. */
  readonly security?: { readonly keystorePem: string; readonly users: Readonly<Record<string, string>> };
}

/** The Java runtime on the path. */
const java = 'java';
const heap = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** The line by which a broker says that it serves; the level of its logger is set for it alone. */
const readyLine = 'Kafka Server started';
const logLevels = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
];

/** Formats a one-node cluster below the folder and starts it on free loopback ports. */
export async function startKafka({ home, folder, security }: KafkaProcessOptions): Promise<KafkaProcess> {
  const ports = { plain: await freePort(), secured: await freePort(), controller: await freePort() };
  const settings = join(folder, 'server.properties');
  await mkdir(folder, { recursive: true });
  await writeFile(settings, settingsOf(folder, ports, security));
  const jars = join(home, 'lib', '*');
  let child: ChildProcess | undefined;

  async function format(): Promise<void> {
    const scram = Object.entries(security?.users ?? {}).flatMap(([name, password]) => [
      '--add-scram',
      `SCRAM-SHA-256=[name=${name},password=${password}]`,
    ]);
    const args = [
      '-Xmx128m',
      '-XX:TieredStopAtLevel=1',
      ...logLevels,
      '-cp',
      jars,
      'kafka.tools.StorageTool',
      'format',
    ];
    const tool = spawn(java, [...args, '-t', 'MkU3OEVBNTcwNTJENDM2Qg', '-c', settings, ...scram], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    tool.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(tool, 'close')) as [number | null]; // Node's documented arguments
    if (code !== 0) throw new Error(`Kafka's storage could not be formatted:\n${said}`);
  }

  async function start(): Promise<void> {
    const broker = spawn(java, [...heap, ...logLevels, '-cp', jars, 'kafka.Kafka', settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = broker;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const listen = (chunk: Buffer): void => {
        said = (said + chunk.toString()).slice(-20_000);
        if (said.includes(readyLine)) resolve();
      };
      broker.stdout.on('data', listen);
      broker.stderr.on('data', listen);
      broker.once('exit', () => reject(new Error(`Kafka ended before it served:\n${said}`)));
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const broker = child;
    child = undefined;
    if (broker === undefined || broker.exitCode !== null || broker.signalCode !== null) return;
    const ended = once(broker, 'exit');
    broker.kill(signal);
    await ended;
  }

  await format();
  await start();
  return {
    broker: `127.0.0.1:${security === undefined ? ports.plain : ports.secured}`,
    plainBroker: `127.0.0.1:${ports.plain}`,
    kill: () => end('SIGKILL'),
    start,
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}

function settingsOf(
  folder: string,
  ports: { readonly plain: number; readonly secured: number; readonly controller: number },
  security: KafkaProcessOptions['security'],
): string {
  const addresses = [`PLAINTEXT://127.0.0.1:${ports.plain}`];
  if (security !== undefined) addresses.push(`SASL_SSL://127.0.0.1:${ports.secured}`);
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: [...addresses, `CONTROLLER://127.0.0.1:${ports.controller}`].join(','),
    'advertised.listeners': addresses.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that was killed may come back under its name after two seconds instead of nine.
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 400,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'num.network.threads': 1,
    'num.io.threads': 2,
    ...(security === undefined ? {} : securityOf(security)),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function securityOf({ keystorePem, users }: NonNullable<KafkaProcessOptions['security']>): Record<string, string> {
  const plainUsers = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  return {
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${plainUsers.join(' ')};`,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.sasl_ssl.ssl.keystore.type': 'PEM',
    'listener.name.sasl_ssl.ssl.keystore.location': keystorePem,
  };
}
