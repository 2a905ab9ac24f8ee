import { startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { freePort } from '../support/free-port.ts';
import mqtt from 'mqtt';
import { setTimeout as pause } from 'node:timers/promises';
const folder = await temporaryFolder();
const port = await freePort(); const http = await freePort();
const env = { HELIOS_MQTT_PORT: String(port), HELIOS_PORT: String(http), HELIOS_OTLP_HTTP_PORT: 'off', HELIOS_OTLP_GRPC_PORT: 'off' };
let p = await startProcess(folder.path + '/data', env);
const key = p.adminKey ?? '';
const t0 = performance.now(); const say = (...a: unknown[]) => console.log(Math.round(performance.now() - t0), ...a);
const c = mqtt.connect(`mqtt://127.0.0.1:${port}`, { username: 'x', password: key, clientId: 'nodejs', clean: false, protocolVersion: 5, reconnectPeriod: 200, properties: { sessionExpiryInterval: 3600 } });
c.on('error', () => undefined); c.on('connect', () => say('connect')); c.on('disconnect', (d) => say('disconnect', d.reasonCode)); c.on('close', () => say('close'));
let acked = 0;
async function surely(n: number) { for (;;) { try { await c.publishAsync('default/press/strokes', String(n), { qos: 1 }); acked++; return; } catch { await pause(100); } } }
const sent = [];
for (let n = 0; n < 1000; n++) { sent.push(surely(n)); if (n % 20 === 0) await pause(5); if (n === 400) { await p.end('SIGKILL'); say('killed', acked); p = await startProcess(folder.path + '/data', env); say('restarted'); } }
await Promise.all(sent); say('all', acked); await c.endAsync();
for (let i = 0; i < 6; i++) {
  const lag = await p.client(key).call('readLag' as never).catch((e: unknown) => String(e));
  say(JSON.stringify(lag).slice(0, 1500));
  const cat = await p.client(key).call('listSeries', { query: { asset: 'press', limit: '10' } } as never) as any;
  say(JSON.stringify(cat.series.map((s: any) => s.samples)));
  await pause(4000);
}
console.log(p.stderr().slice(-3000));
await p.end('SIGKILL'); await folder[Symbol.asyncDispose]();
