import { mkdtemp } from 'node:fs/promises';
import { startEmbeddedPostgres } from '@heliosiq/adapters/embedded-postgres/embedded-postgres.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { openPorts } from '../packages/heliosiq/src/program/open-ports.ts';
import { createLogger } from '../packages/heliosiq/src/program/logger.ts';
import { runServices } from '../packages/heliosiq/src/program/services.ts';
import { createMeter } from '../packages/observe/src/observe.ts';
import { createLake } from '../packages/lake/src/lake.ts';
import { createDetect } from '../packages/detect/src/detect.ts';
import { createIncident } from '../packages/incident/src/incident.ts';
import { createDiagnose } from '../packages/diagnose/src/diagnose.ts';
import { createIngest } from '../packages/ingest/src/ingest.ts';
import { loadPetshopRecording } from '../packages/heliosiq/src/demo/petshop-recording.ts';
import { loadDeviceRecording } from '../packages/heliosiq/src/demo/device-recording.ts';
import { TenantId } from '@heliosiq/model';
const dir = await mkdtemp('/tmp/scratch-');
const logger = createLogger({ level: 'info' });
const t0 = performance.now();
const lap = (w: string) => console.log(((performance.now() - t0) / 1000).toFixed(2), w);
const pg = await startEmbeddedPostgres({ dataDir: dir + '/pg', logger });
lap('pg up');
const db = await openDatabase({ url: pg.url, logger });
lap('db open');
const stack = new AsyncDisposableStack();
const names = ['log','series','signals','topology','anomalies','incidents','diagnoses','documents','states','tenants','idempotency','deliveries'];
const ports: any = openPorts(new Set(names as any), { database: db, logger }, stack);
const tenantId = TenantId.parse('default');
await ports.tenants.addTenant({ id: tenantId, name: 'd', createdAt: Date.now() });
const meter = createMeter();
const deps = { ...ports, meter, logger, now: Date.now };
const inc = createIncident(deps);
const services = [createLake(deps), createDetect(deps), ...inc.services, createDiagnose(deps)];
const running = runServices(services, logger);
running.finished.catch((e) => { console.error('DEAD', e); process.exit(1); });
const ingest = createIngest(deps);
const endsAt = Math.floor(Date.now() / 60000) * 60000;
const fault = process.argv[2] ?? '/work/main/packages/heliosiq/recordings/petshop/low_traffic/train/issue_0';
const rec = loadPetshopRecording(fault, endsAt);
const principal = { tenantId, actor: 'x', role: 'admin' as const };
await ingest.topology.put(principal, { assets: [], edges: [...rec.edges] } as any);
lap('topology');
async function send(r: any) {
  let batch: any[] = []; let n = 0;
  const flush = async () => { if (!batch.length) return; const rc = await ingest.signals.accept(principal, { contentType: 'application/json', body: Buffer.from(JSON.stringify(batch)) }); n += rc.accepted; if (rc.rejectedTotal) console.log(rc.rejected[0]); batch = []; };
  for (const f of r.frames) { batch.push(...f.samples); if (batch.length >= 5000) await flush(); }
  await flush();
  lap('sent ' + n);
}
async function settle() {
  for (let quiet = 0; quiet < 2; ) {
    const lag = await ports.log.lag();
    const behind = lag.filter((l: any) => l.lagRecords > 0);
    quiet = behind.length ? 0 : quiet + 1;
    await new Promise((r) => setTimeout(r, 150));
  }
  lap('settled');
}
async function show() {
  const incidents = await ports.incidents.find(tenantId, {}, { limit: 100 });
  const an = await ports.anomalies.find(tenantId, {}, { limit: 1000 });
  console.log('anomalies', an.length, 'since trouble', an.filter((a: any) => a.startedAt >= rec.troubleFrom).length);
  const ds = await ports.diagnoses.latest(tenantId, incidents.map((i: any) => i.id));
  for (const i of incidents) {
    const d = ds.find((x: any) => x.incidentId === i.id);
    console.log(new Date(i.startedAt).toISOString(), i.status, i.severity, i.title, '| entry', JSON.stringify(i.entry), '| occ', i.occurrences, i.assets.length, '|', d?.verdict, d?.confidence, d?.hypotheses.slice(0, 3).map((h: any) => `${h.asset}:${h.fault}:${h.confidence.toFixed(2)}`).join(' ; '), 'rev', d?.revision);
    if (i.startedAt >= rec.troubleFrom) console.log('    ', d?.summary, d?.hypotheses[0]?.evidence.map((e: any) => e.text));
  }
}
await send(rec); await settle(); await show();
if (!process.argv[3]) { await send(loadDeviceRecording('/work/main/packages/heliosiq/recordings/nab/ambient_temperature_system_failure.csv', endsAt)); await settle(); await show(); }
await running.stop(9000);
await stack.disposeAsync(); await db[Symbol.asyncDispose](); await pg.stop();
lap('stopped');
process.exit(0);
