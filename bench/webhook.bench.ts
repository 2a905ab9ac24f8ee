/**
 * How fast notifications of Alertmanager come in when an acknowledgement means stored: the whole program as a process of its own
 * on embedded PostgreSQL with its shipped flags. Each body has ten alerts: nine re-sends and one that is news, a firing or its end.
 * First wrk over 64 connections as fast as it goes, then 1,000 requests a second, each timed from the moment at which it was
 * due, to the program as it is shipped and to one whose stages have a process of their own. At the end the same bodies go to the
 * least that could store them, so that anyone can see what of a figure is the machine's: `bench/support/bare-receiver.ts`.
 * Prints one JSON line; exit 1 under the bars. Needs wrk.
 * `node bench/webhook.bench.ts [seconds]`
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { residentMib } from '@heliosiq/heliosiq/demo/process-memory.ts';
import { waitUntilSettled } from '@heliosiq/heliosiq/demo/settle.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import { processCpuSeconds } from './support/process-cpu-seconds.ts';
import { launcherFlags, startShipped } from './support/shipped-program.ts';

const barRequestsPerS = 4_000;
const barP99Ms = 10;
const pacedPerS = 1_000;
const settleMs = 60_000;
const connections = 64;
const groups = 100;
/** Machines that the alerts are about: each becomes an incident. */
const assets = 50;
const path = '/api/v1/alertmanager/webhook';
const run = promisify(execFile);

/** What wrk's script says at the end. */
interface WrkResult {
  readonly requests: number;
  readonly durationUs: number;
  /** Answers above 399. */
  readonly refused: number;
  /** Connections that broke and requests without an answer. */
  readonly broken: number;
  readonly p99Us: number;
}

/** An alert as Alertmanager 0.25 words it. `%s`: fingerprint, instance, status, start, end. */
function alertText([fingerprint, instance, status, startsAt, endsAt]: readonly string[]): string {
  return JSON.stringify({
    status,
    labels: { alertname: 'HighRequestLatency', instance, job: 'shop', namespace: 'production', severity: 'warning' },
    annotations: {
      summary: `Requests to ${instance} are slow`,
      description: '99 % of requests took longer than a second for ten minutes.',
    },
    startsAt,
    endsAt,
    generatorURL: 'http://prometheus.example.org:9090/graph?g0.expr=latency+%3E+1&g0.tab=1',
    fingerprint,
  });
}

const zeroTime = '0001-01-01T00:00:00Z';

/** A body without its last alert, and what follows that. */
function bodyAround(group: number, startsAt: string): readonly [head: string, tail: string] {
  const known = Array.from({ length: 9 }, (_, index) => {
    const number = group * 9 + index;
    return alertText([number.toString(16).padStart(16, 'a'), `shop-${number % assets}`, 'firing', startsAt, zeroTime]);
  });
  const words = {
    groupLabels: { alertname: 'HighRequestLatency' },
    commonLabels: { job: 'shop' },
    commonAnnotations: {},
  };
  const about = JSON.stringify({
    ...words,
    externalURL: 'http://alertmanager.example.org:9093',
    version: '4',
    groupKey: `{}:{group="${group}"}`,
    truncatedAlerts: 0,
  });
  return [`{"receiver":"heliosiq","status":"firing","alerts":[${known.join(',')},`, `],${about.slice(1)}`];
}

/** The script of wrk: the same bodies, put together in each of its threads. */
function luaScript(key: string, startsAt: string): string {
  const around = Array.from({ length: groups }, (_, group) => bodyAround(group, startsAt));
  const list = (part: 0 | 1): string => around.map((texts) => `[==[${texts[part]}]==]`).join(',\n');
  const news = alertText(['%s', '%s', '%s', '%s', '%s']).replaceAll('%', '%%').replaceAll('%%s', '%s');
  // The fields of an alert come in another order than its parts are given in.
  const order = ['status', 'instance', 'instance', 'startsAt', 'endsAt', 'fingerprint'].join(', ');
  return `
local heads = {${list(0)}}
local tails = {${list(1)}}
local news = [==[${news}]==]
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
function init() count = 0; headers = { ["content-type"] = "application/json", authorization = "Bearer ${key}" } end
function request()
  count = count + 1
  local pair = math.floor((count + 1) / 2)
  local isFiring = count % 2 == 1
  local fingerprint = string.format("%04x%012x", id, pair)
  local instance = string.format("shop-%d", pair % ${assets})
  local status = isFiring and "firing" or "resolved"
  local startsAt, endsAt = "${startsAt}", isFiring and "${zeroTime}" or os.date("!%Y-%m-%dT%H:%M:%SZ")
  local group = count % ${groups} + 1
  return wrk.format("POST", "${path}", headers, heads[group] .. string.format(news, ${order}) .. tails[group])
end
function done(summary, latency)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"durationUs":%d,"refused":%d,"broken":%d,"p99Us":%d}', summary.requests,
    summary.duration, e.status, e.connect + e.read + e.write + e.timeout, latency:percentile(99)))
end
`;
}

async function asFastAsItGoes(url: string, script: string, seconds: number): Promise<WrkResult> {
  const { stdout } = await run('wrk', ['-t2', `-c${connections}`, `-d${seconds}s`, '-s', script, url]);
  const line = /RESULT (\{.*\})/.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`wrk said:\n${stdout}`);
  return JSON.parse(line) as WrkResult; // the script's own words
}

/** Sends at a steady rate; answers the latencies in ms, in ascending order, and how many answers were not 200. */
async function paced(url: string, key: string, seconds: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const startsAt = new Date().toISOString();
  const around = Array.from({ length: groups }, (_, group) => bodyAround(group, startsAt));
  const latencies: number[] = [];
  let bad = 0;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };

  function send(number: number, dueAt: number): Promise<void> {
    const [head, tail] = around[number % groups] ?? ['', ''];
    const pair = Math.floor(number / 2);
    const isFiring = number % 2 === 0;
    const endsAt = isFiring ? zeroTime : new Date().toISOString();
    const fingerprint = pair.toString(16).padStart(16, 'b');
    const news = alertText([fingerprint, `shop-${pair % assets}`, isFiring ? 'firing' : 'resolved', startsAt, endsAt]);
    const body = Buffer.from(`${head}${news}${tail}`);
    return new Promise((resolve, reject) => {
      const sent = request(`${url}${path}`, {
        agent,
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        if (response.statusCode !== 200) bad += 1;
        response.resume().on('end', () => {
          latencies.push(performance.now() - dueAt);
          resolve();
        });
      });
      sent.end(body);
    });
  }

  const beganAt = performance.now();
  const total = seconds * pacedPerS;
  const underWay: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - beganAt) / 1000) * pacedPerS));
      while (underWay.length < due) {
        underWay.push(send(underWay.length, beganAt + (underWay.length / pacedPerS) * 1000));
      }
      if (underWay.length < total) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(underWay);
  agent.destroy();
  return { latencies: latencies.sort((a, b) => a - b), bad };
}

/** Nearest-rank percentiles in ms. */
interface PacedFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly bad: number;
  /** Microseconds of CPU for each request: of the first process, and of its PostgreSQL with any other process of it. */
  readonly programUs: number;
  readonly othersUs: number;
}

async function measurePaced(
  { pid = 0, url }: { readonly pid: number | undefined; readonly url: string },
  key: string,
  seconds: number,
): Promise<PacedFigures> {
  const before = await processCpuSeconds(pid);
  const { latencies, bad } = await paced(url, key, seconds);
  const after = await processCpuSeconds(pid);
  const at = (share: number): number => rounded(latencies[Math.floor(share * (latencies.length - 1))] ?? Infinity);
  const perRequest = (spentS: number): number => Math.round((spentS * 1e6) / Math.max(1, latencies.length));
  return {
    ...{ p50: at(0.5), p99: at(0.99), max: at(1), bad },
    programUs: perRequest(after.own - before.own),
    othersUs: perRequest(after.descendants - before.descendants),
  };
}

/** The same rate to a program whose stages have a process of their own, after a while of warming up. */
async function measureApart(seconds: number): Promise<PacedFigures> {
  await using folder = await temporaryFolder();
  const program = await startShipped(folder.path, { HELIOS_STAGES_APART: 'on' });
  const key = program.adminKey ?? '';
  await paced(program.url, key, 3);
  const figures = await measurePaced({ pid: program.child.pid, url: program.url }, key, seconds);
  await program.end('SIGTERM');
  return figures;
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}

async function measureBarePaced(seconds: number): Promise<PacedFigures> {
  await using bare = await startBare();
  await paced(bare.url, '', 3);
  return await measurePaced(bare, '', seconds);
}

interface FastFigures extends WrkResult {
  readonly requestsPerS: number;
  /** Microseconds of CPU for each request. */
  readonly programUs: number;
  readonly postgresUs: number;
}

/** Warms up, then measures what goes in over all connections and what it costs the process and its PostgreSQL. */
async function measured(
  { pid = 0, url }: { readonly pid: number | undefined; readonly url: string },
  script: string,
  seconds: number,
): Promise<FastFigures> {
  await asFastAsItGoes(url, script, 3);
  const before = await processCpuSeconds(pid);
  const result = await asFastAsItGoes(url, script, seconds);
  const after = await processCpuSeconds(pid);
  const perRequest = (spentS: number): number => Math.round((spentS * 1e6) / Math.max(1, result.requests));
  return {
    ...result,
    requestsPerS: Math.round(result.requests / (result.durationUs / 1e6)),
    programUs: perRequest(after.own - before.own),
    postgresUs: perRequest(after.descendants - before.descendants),
  };
}

async function startBare(): Promise<{ readonly pid: number | undefined; readonly url: string } & AsyncDisposable> {
  const bare = fork(join(import.meta.dirname, 'support', 'bare-receiver.ts'), { execArgv: [...launcherFlags] });
  const [url] = (await once(bare, 'message')) as [string]; // its only message
  return {
    pid: bare.pid,
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(bare, 'exit');
      bare.disconnect();
      await ended;
    },
  };
}

async function measureBare(script: string, seconds: number): Promise<FastFigures> {
  await using bare = await startBare();
  return await measured(bare, script, seconds);
}

const seconds = Number(process.argv[2] ?? 10);
await using folder = await temporaryFolder();
const program = await startShipped(folder.path);
const key = program.adminKey ?? '';
const script = join(folder.path, 'webhook.lua');
await writeFile(script, luaScript(key, new Date().toISOString()));
const fast = await measured({ pid: program.child.pid, url: program.url }, script, seconds);
const rssMib = residentMib([program.child.pid ?? 0]);
const endedAt = performance.now();
// What the stages have not worked off by then is said, and does not keep the second part waiting.
const isSettled = await waitUntilSettled(program.client(key), {
  signal: AbortSignal.timeout(2 * settleMs),
  timeoutMs: settleMs,
}).then(
  () => true,
  () => false,
);
const settledS = (performance.now() - endedAt) / 1000;
const together = await measurePaced({ pid: program.child.pid, url: program.url }, key, seconds);
await program.end('SIGTERM');
const apart = await measureApart(seconds);
const bare = await measureBare(script, seconds);
const barePaced = await measureBarePaced(seconds);
const bad = together.bad + apart.bad;
const { requestsPerS } = fast;
console.log(
  JSON.stringify({
    bench: 'webhook',
    requests_per_s: requestsPerS,
    alerts_per_s: requestsPerS * 10,
    p99_ms_at_full_speed: rounded(fast.p99Us / 1000),
    not_2xx: fast.refused + fast.broken + bad,
    settled_after_s: isSettled ? rounded(settledS) : null,
    paced_per_s: pacedPerS,
    paced_p50_ms: together.p50,
    paced_p99_ms: together.p99,
    paced_max_ms: together.max,
    paced_cpu_us: together.programUs,
    paced_postgres_cpu_us: together.othersUs,
    apart_paced_p50_ms: apart.p50,
    apart_paced_p99_ms: apart.p99,
    apart_paced_max_ms: apart.max,
    apart_paced_doors_cpu_us: apart.programUs,
    apart_paced_stages_and_postgres_cpu_us: apart.othersUs,
    rss_mib: rssMib,
    program_cpu_us: fast.programUs,
    postgres_cpu_us: fast.postgresUs,
    bare_requests_per_s: bare.requestsPerS,
    bare_cpu_us: bare.programUs,
    bare_postgres_cpu_us: bare.postgresUs,
    bare_paced_p50_ms: barePaced.p50,
    bare_paced_p99_ms: barePaced.p99,
    share_of_bare: Math.round((100 * requestsPerS) / bare.requestsPerS) / 100,
  }),
);
const isBelow = requestsPerS < barRequestsPerS || together.p99 > barP99Ms || fast.refused + fast.broken + bad > 0;
if (isBelow) process.exitCode = 1;
