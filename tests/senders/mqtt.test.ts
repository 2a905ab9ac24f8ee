import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { beforeAll, afterAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { runMosquittoClient, startMosquitto } from '../support/mosquitto-process.ts';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mosquitto = process.env['HELIOS_TEST_MOSQUITTO'];
const mosquittoPub = process.env['HELIOS_TEST_MOSQUITTO_PUB'];
const testMs = 400_000;

/** The code blocks of a language on the page about MQTT. */
async function blocks(language: string): Promise<readonly string[]> {
  const text = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'setup', 'mqtt.md'), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code = '']) => code);
}

/** How many samples the program holds of a metric of an asset, and their values where each stands alone in its millisecond. */
async function samplesOf(program: ProgramProcess, key: string, asset: string, metric: string) {
  const client = program.client(key);
  // What the sender got acknowledged is in the log; the rows are there when the lake has worked it off.
  await vi.waitFor(
    async () => {
      const { lag } = await client.call('readLag');
      expect(lag.filter(({ group, lagRecords }) => group === 'lake' && lagRecords > 0)).toEqual([]);
    },
    { timeout: 120_000, interval: 100 },
  );
  const { series: known } = await client.call('listSeries', { query: { asset, metric, limit: '10' } });
  const values: number[] = [];
  let count = 0;
  for (const { series, firstAt, lastAt } of known) {
    for (let from = firstAt; from <= lastAt; from += 2000) {
      const query = { id: series.id, from: String(from), to: String(Math.min(from + 2000, lastAt + 1)), stepMs: '1' };
      const chart = await client.call('readSeries', { query });
      for (const line of chart.series) {
        values.push(...line.avg);
        count += line.count.reduce((sum, one) => sum + one, 0);
      }
    }
  }
  return { count, values: values.sort((a, b) => a - b), series: known.map(({ series }) => series) };
}

/** Publishes with QoS 1, again where the library gave up before it had sent it. */
async function publishSurely(client: mqtt.MqttClient, topic: string, payload: string): Promise<void> {
  await vi.waitFor(() => client.publishAsync(topic, payload, { qos: 1 }), { timeout: 120_000, interval: 100 });
}

const numbers = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

describe.skipIf(mosquittoPub === undefined || mosquitto === undefined)(
  'real MQTT senders and the program (needs HELIOS_TEST_MOSQUITTO and HELIOS_TEST_MOSQUITTO_PUB)',
  () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let ports: { readonly http: number; readonly mqtt: number };
    let program: ProgramProcess;
    let key: string;
    let settingsFile: string;

    const start = (): Promise<ProgramProcess> =>
      startProcess(join(folder.path, 'data'), {
        HELIOS_CONFIG: settingsFile,
        HELIOS_HOST: '127.0.0.1',
        HELIOS_PORT: String(ports.http),
        HELIOS_MQTT_PORT: String(ports.mqtt),
        HELIOS_OTLP_HTTP_PORT: 'off',
        HELIOS_OTLP_GRPC_PORT: 'off',
      });

    beforeAll(async () => {
      folder = await temporaryFolder();
      ports = { http: await freePort(), mqtt: await freePort() };
      settingsFile = join(folder.path, 'heliosiq.yaml');
      await writeFile(settingsFile, (await blocks('yaml'))[0] ?? '');
      program = await start();
      key = program.adminKey ?? '';
    });

    afterAll(async () => {
      await program.end('SIGKILL');
      await folder[Symbol.asyncDispose]();
    });

    it(
      'the commands of the page are stored under the names that the page gives them',
      async () => {
        for (const line of ((await blocks('sh'))[0] ?? '').trim().split('\n')) {
          const command = line.replace('1883', String(ports.mqtt)).replace('mosquitto_pub', `"${mosquittoPub}"`);
          const child = spawn('sh', ['-c', command], { env: { ...process.env, HELIOS_KEY: key }, stdio: 'ignore' });
          expect(await once(child, 'close')).toEqual([0, null]);
        }
        expect(await samplesOf(program, key, 'pump-7', 'temperature')).toMatchObject({
          values: [21.5],
          series: [{ unit: 'Cel' }],
        });
        expect(await samplesOf(program, key, 'pump-8', 'motor.rpm')).toMatchObject({
          values: [1450],
          series: [{ labels: { site: 'north' } }],
        });
        expect(await samplesOf(program, key, 'pump-8', 'motor.on')).toMatchObject({ values: [1] });
      },
      testMs,
    );

    it(
      'refuses a wrong key and the topic of another tenant',
      async () => {
        const args = ['-p', String(ports.mqtt), '-u', 'plant', '-q', '1', '-m', '1', '-V', 'mqttv5'];
        const wrong = await runMosquittoClient(mosquittoPub ?? '', [...args, '-P', 'hk_wrong', '-t', 'default/a/b']);
        expect(wrong.code).not.toBe(0);
        const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${ports.mqtt}`, {
          username: 'plant',
          password: key,
          protocolVersion: 5,
        });
        await expect(client.publishAsync('zeta/pump-7/temperature', '1', { qos: 1 })).rejects.toMatchObject({
          code: 0x87,
        });
        await client.publishAsync('default/pump-9/temperature', '1', { qos: 1 });
        await client.endAsync();
        expect(await samplesOf(program, key, 'pump-9', 'temperature')).toMatchObject({ count: 1 });
      },
      testMs,
    );

    it.each(['mqttv311', 'mqttv5'])(
      '1,000 acknowledgements to mosquitto_pub by %s are 1,000 rows, with a kill -9 in the middle',
      async (version) => {
        const topic = `default/press-${version}/strokes`;
        const args = ['-p', String(ports.mqtt), '-u', 'plant', '-P', key, '-q', '1', '-V', version, '-t', topic, '-l'];
        // A kept session, so that the sender repeats what was not acknowledged.
        const child = spawn(
          mosquittoPub ?? '',
          [...args, '-i', `press-${version}`, '-c', ...(version === 'mqttv5' ? ['-x', '3600'] : [])],
          {
            stdio: ['pipe', 'ignore', 'inherit'],
          },
        );
        const ended = once(child, 'close');
        let isKilled = false;
        let revived: Promise<void> | undefined;
        for (const n of numbers(1000)) {
          if (!child.stdin.write(`${n}\n`)) await once(child.stdin, 'drain');
          if (n < 500 || isKilled) continue;
          isKilled = true;
          revived = (async () => {
            await program.end('SIGKILL');
            program = await start();
          })();
        }
        await revived;
        child.stdin.end();
        expect(await ended).toEqual([0, null]);
        const { count, values } = await samplesOf(program, key, `press-${version}`, 'strokes');
        expect(count).toBe(1000);
        expect(values).toEqual(numbers(1000));
      },
      testMs,
    );

    it(
      'mqtt.js that repeats what was not acknowledged: every number is there once after a kill -9',
      async () => {
        const client = mqtt.connect(`mqtt://127.0.0.1:${ports.mqtt}`, {
          ...{
            username: 'plant',
            password: key,
            clientId: 'nodejs',
            clean: false,
            protocolVersion: 5,
            reconnectPeriod: 200,
          },
          properties: { sessionExpiryInterval: 3600 },
        });
        client.on('error', () => undefined); // refused while the program starts
        const sent: Promise<unknown>[] = [];
        for (const n of numbers(1000)) {
          sent.push(publishSurely(client, 'default/press-nodejs/strokes', String(n)));
          if (n % 20 === 0) await sent.at(-1);
          if (n === 400) {
            await program.end('SIGKILL');
            program = await start();
          }
        }
        await Promise.all(sent);
        await client.endAsync();
        expect((await samplesOf(program, key, 'press-nodejs', 'strokes')).values).toEqual(numbers(1000));
      },
      testMs,
    );

    it(
      "Mosquitto's bridge of the page loses nothing while the program is killed",
      async () => {
        const conf = ((await blocks('conf'))[0] ?? '').replace('1883', String(ports.mqtt)).replace('HELIOS_KEY', key);
        const lines = [...conf.trim().split('\n'), 'restart_timeout 1'];
        await using broker = await startMosquitto({
          program: mosquitto ?? '',
          folder: join(folder.path, 'bridge'),
          lines,
        });
        const client = await mqtt.connectAsync(broker.url);
        for (const n of numbers(1000)) {
          await client.publishAsync('plant/lathe/turns', String(n), { qos: 1 });
          if (n === 500) await program.end('SIGKILL');
          if (n === 700) program = await start();
        }
        await client.endAsync();
        await expect
          .poll(async () => (await samplesOf(program, key, 'plant/lathe', 'turns')).count, {
            timeout: 60_000,
            interval: 500,
          })
          .toBeGreaterThanOrEqual(1000);
        expect((await samplesOf(program, key, 'plant/lathe', 'turns')).values).toEqual(numbers(1000));
      },
      testMs,
    );

    it(
      'the source of the page: nothing is lost or doubled with a kill -9 of the program and a restart of the broker',
      async () => {
        await using broker = await startMosquitto({ program: mosquitto ?? '', folder: join(folder.path, 'broker') });
        const [, , source = ''] = await blocks('yaml');
        await program.end('SIGTERM');
        await writeFile(settingsFile, source.replace('1883', String(broker.port)));
        program = await start();
        // The source subscribes a moment after the program is ready; before that the broker keeps nothing for it.
        const client = mqtt.connect(broker.url, { clientId: 'line', clean: false, reconnectPeriod: 200 });
        client.on('error', () => undefined); // refused while the broker is away
        await expect
          .poll(
            async () => {
              await client.publishAsync('plant/saw/probe', '1', { qos: 1 });
              return (await samplesOf(program, key, 'saw', 'probe')).count;
            },
            { timeout: 60_000, interval: 200 },
          )
          .toBeGreaterThan(0);
        const sent: Promise<unknown>[] = [];
        for (const n of numbers(1000)) {
          sent.push(publishSurely(client, 'plant/saw/cuts', String(n)));
          if (n % 20 === 0) await sent.at(-1);
          if (n === 300) {
            await program.end('SIGKILL');
            program = await start();
          }
          if (n === 600) {
            await broker.stop('SIGTERM');
            await broker.start();
          }
        }
        await Promise.all(sent);
        await client.endAsync();
        await expect
          .poll(async () => (await samplesOf(program, key, 'saw', 'cuts')).count, { timeout: 60_000, interval: 500 })
          .toBeGreaterThanOrEqual(1000);
        expect((await samplesOf(program, key, 'saw', 'cuts')).values).toEqual(numbers(1000));
      },
      testMs,
    );
  },
);
