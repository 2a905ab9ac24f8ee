import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runMosquittoClient } from '../support/mosquitto-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openMqttDoor, other, storedSamples } from './mqtt-door.ts';

const mosquittoPub = process.env['HELIOS_TEST_MOSQUITTO_PUB'];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const file = (name: string): string => join(folder.path, name);
const text = (name: string): string => readFileSync(file(name), 'utf8');

/** Runs openssl in the folder. */
function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: folder.path, stdio: 'pipe' });
}

/** A key and a certificate of the authority for it. */
function issue(name: string, subject: string, authority: string): void {
  const request = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-subj', subject, '-out', `${name}.csr`];
  openssl('req', ...request);
  writeFileSync(file(`${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const signed = [
    '-CA',
    `${authority}.crt`,
    '-CAkey',
    `${authority}.key`,
    '-CAcreateserial',
    '-extfile',
    `${name}.ext`,
  ];
  openssl('x509', '-req', '-days', '2', '-in', `${name}.csr`, ...signed, '-out', `${name}.crt`);
}

function authority(name: string): void {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
  );
}

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const name of ['ca', 'devices', 'strangers']) authority(name);
  issue('server', '/CN=localhost', 'ca');
  issue('plant-7', '/O=Acme/CN=plant-7', 'devices');
  issue('unknown', '/O=Acme/CN=unknown', 'devices');
  issue('stranger', '/O=Acme/CN=plant-7', 'strangers');
});

afterAll(() => folder[Symbol.asyncDispose]());

async function openTlsDoor() {
  const tls = { port: 0, cert: text('server.crt'), key: text('server.key'), clientCa: text('devices.crt') };
  const door = await openMqttDoor(undefined, { tls });
  onTestFinished(() => door.close());
  return door;
}

describe('the MQTT door with TLS', () => {
  it.each([4, 5] as const)(
    'takes a certificate for a credential, and refuses those it does not know (MQTT version %i)',
    async (protocolVersion) => {
      const door = await openTlsDoor();
      const connect = (name: string) =>
        mqtt.connectAsync(`mqtts://127.0.0.1:${door.tlsPort}`, {
          ...{
            protocolVersion,
            ca: text('ca.crt'),
            cert: text(`${name}.crt`),
            key: text(`${name}.key`),
            reconnectPeriod: 0,
          },
        });
      const client = await connect('plant-7');
      await client.publishAsync('acme/pump/temperature', '3', { qos: 1 });
      await client.endAsync();
      expect(await storedSamples(door.stores)).toMatchObject([{ asset: 'pump', value: 3 }]);
      await expect(connect('unknown')).rejects.toMatchObject({ code: protocolVersion === 5 ? 0x86 : 4 });
      await expect(connect('stranger')).rejects.toMatchObject({ code: protocolVersion === 5 ? 0x87 : 5 });
    },
  );

  it.skipIf(mosquittoPub === undefined)(
    'is reached by mosquitto_pub of two tenants, each with its own topics (needs HELIOS_TEST_MOSQUITTO_PUB)',
    async () => {
      const door = await openTlsDoor();
      const publish = (tenant: string, topic: string, payload: string, authorityFile = 'ca.crt') =>
        runMosquittoClient(mosquittoPub ?? '', [
          ...['-p', String(door.tlsPort), '--cafile', file(authorityFile), '-u', tenant, '-P', `key-${tenant}`],
          ...['-V', 'mqttv5', '-q', '1', '-t', topic, '-m', payload],
        ]);
      expect(await publish('acme', 'acme/pump/level', '1')).toMatchObject({ code: 0 });
      expect(await publish('other', 'other/pump/level', '2')).toMatchObject({ code: 0 });
      expect((await publish('other', 'acme/pump/level', '3')).stderr).toContain('Not authorized');
      expect((await publish('acme', 'acme/pump/level', '4', 'strangers.crt')).code).not.toBe(0);
      expect((await storedSamples(door.stores)).map(({ value }) => value)).toEqual([1]);
      expect((await storedSamples(door.stores, other)).map(({ value }) => value)).toEqual([2]);
    },
  );
});
