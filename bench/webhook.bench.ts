/**
 * How fast notifications of Alertmanager come in when an acknowledgement means stored: the whole program as a process of its own
 * on embedded PostgreSQL with its shipped flags. Each body has ten alerts: nine re-sends and one that is news, a firing or its end.
 * wrk sends over 64 connections: 1,000 requests a second after a while of warming up, each at its own moment, to one program as it
 * is shipped and to one whose stages have a process of their own, three times in a row; to a third one as fast as it goes, and at the
 * steady rate when its stages have caught up or a minute is over. At the end the same bodies go to the least that could store them,
 * so that anyone can see what of a figure is the machine's: `bench/support/bare-receiver.ts`. Of three in a row the one with the
 * middle p99 counts, because a host that has other guests may stand still in any of them; all three are said.
 * Prints one JSON line; exit 1 under the bars. Needs wrk.
 * `node bench/webhook.bench.ts [seconds]`
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
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
/** Until the compiler of the engine has done most of its work: before, it takes a quarter of a processor of its own. */
const warmUpS = 30;
const settleMs = 60_000;
const connections = 64;
const groups = 100;
/** Machines that the alerts are about. */
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
  /** From sending to the answer. */
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
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

/** What one run of wrk sends. */
interface Load {
  readonly key: string;
  readonly seconds: number;
  /** Requests a second, each at its own moment; without it as many as go. */
  readonly perS?: number;
}

/** Firings of one run are not those of another. */
let runs = 0;

/** The script of wrk: the same bodies, put together in each of its threads. */
function luaScript({ key, perS }: Load): string {
  const startsAt = new Date().toISOString();
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
  local fingerprint = string.format("%04x%012x", ${(runs += 1)} * 16 + id, pair)
  local instance = string.format("shop-%d", pair % ${assets})
  local status = isFiring and "firing" or "resolved"
  local startsAt, endsAt = "${startsAt}", isFiring and "${zeroTime}" or os.date("!%Y-%m-%dT%H:%M:%SZ")
  local group = count % ${groups} + 1
  return wrk.format("POST", "${path}", headers, heads[group] .. string.format(news, ${order}) .. tails[group])
end
${perS === undefined ? '' : steadily(perS)}
function done(summary, latency)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"durationUs":%d,"refused":%d,"broken":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d}',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
`;
}

/** The part of the script that holds a request back until its moment. */
function steadily(perS: number): string {
  return `
local ffi = require("ffi")
ffi.cdef[[ typedef struct { long s; long us; } moment; int gettimeofday(moment *, void *); ]]
local clock = ffi.new("moment")
local beganAt, sent = nil, 0
function delay()
  ffi.C.gettimeofday(clock, nil)
  local now = tonumber(clock.s) * 1000 + tonumber(clock.us) / 1000
  beganAt = beganAt or now
  sent = sent + 1
  return math.max(0, beganAt + sent * ${1000 / perS} - now)
end`;
}

async function sendByWrk(url: string, load: Load): Promise<WrkResult> {
  await using folder = await temporaryFolder();
  const script = join(folder.path, 'webhook.lua');
  await writeFile(script, luaScript(load));
  const threads = load.perS === undefined ? 2 : 1;
  const wrk = run('wrk', [`-t${threads}`, `-c${connections}`, `-d${load.seconds}s`, '-s', script, url]);
  if (load.perS !== undefined) prefer(wrk.child.pid);
  const { stdout } = await wrk;
  const line = /RESULT (\{.*\})/.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`wrk said:\n${stdout}`);
  return JSON.parse(line) as WrkResult; // the script's own words
}

/** Senders are other machines in life: how late they get to a processor here is not the receiver's. Where that is allowed. */
function prefer(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, -10);
  } catch {
    // Only the superuser may.
  }
}

interface Receiver {
  readonly pid: number | undefined;
  readonly url: string;
}

interface Figures extends WrkResult {
  readonly requestsPerS: number;
  /** Microseconds of CPU for each request: of the first process, and of its PostgreSQL with any other process of it. */
  readonly programUs: number;
  readonly othersUs: number;
}

/** What goes in and what it costs. */
async function measured({ pid = 0, url }: Receiver, load: Load): Promise<Figures> {
  const before = await processCpuSeconds(pid);
  const result = await sendByWrk(url, load);
  const after = await processCpuSeconds(pid);
  const perRequest = (spentS: number): number => Math.round((spentS * 1e6) / Math.max(1, result.requests));
  return {
    ...result,
    requestsPerS: Math.round(result.requests / (result.durationUs / 1e6)),
    programUs: perRequest(after.own - before.own),
    othersUs: perRequest(after.descendants - before.descendants),
  };
}

interface SteadyFigures extends Figures {
  /** Of each time, in their order. */
  readonly p99UsEach: readonly number[];
}

/** The time whose p99 is in the middle of three. */
async function measuredSteadily(receiver: Receiver, key: string, seconds: number): Promise<SteadyFigures> {
  await sendByWrk(receiver.url, { key, seconds: warmUpS, perS: pacedPerS });
  const times: Figures[] = [];
  for (let time = 0; time < 3; time += 1) times.push(await measured(receiver, { key, seconds, perS: pacedPerS }));
  const [, middle] = times.toSorted((one, other) => one.p99Us - other.p99Us);
  if (middle === undefined) throw new Error('nothing was measured');
  const total = (field: 'refused' | 'broken'): number => times.reduce((sum, time) => sum + time[field], 0);
  const p99UsEach = times.map(({ p99Us }) => p99Us);
  return { ...middle, refused: total('refused'), broken: total('broken'), p99UsEach };
}

async function measuredAtFullSpeed(receiver: Receiver, key: string, seconds: number): Promise<Figures> {
  await sendByWrk(receiver.url, { key, seconds: 3 });
  return measured(receiver, { key, seconds });
}

/** The steady rate to a program of its own. */
async function measureProgram(seconds: number, environment: Readonly<Record<string, string>>): Promise<SteadyFigures> {
  await using folder = await temporaryFolder();
  const program = await startShipped(folder.path, environment);
  const receiver = { pid: program.child.pid, url: program.url };
  const figures = await measuredSteadily(receiver, program.adminKey ?? '', seconds);
  await program.end('SIGTERM');
  return figures;
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}

async function startBare(): Promise<Receiver & AsyncDisposable> {
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

const seconds = Number(process.argv[2] ?? 10);
const steady = await measureProgram(seconds, {});
const apart = await measureProgram(seconds, { HELIOS_STAGES_APART: 'on' });
await using folder = await temporaryFolder();
const program = await startShipped(folder.path);
const key = program.adminKey ?? '';
const receiver = { pid: program.child.pid, url: program.url };
const fast = await measuredAtFullSpeed(receiver, key, seconds);
const rssMib = residentMib([program.child.pid ?? 0]);
const endedAt = performance.now();
// What the stages have not worked off by then is said, and does not keep the last part waiting.
const isSettled = await waitUntilSettled(program.client(key), {
  signal: AbortSignal.timeout(2 * settleMs),
  timeoutMs: settleMs,
}).then(
  () => true,
  () => false,
);
const settledS = (performance.now() - endedAt) / 1000;
const afterwards = await measured(receiver, { key, seconds, perS: pacedPerS });
await program.end('SIGTERM');
await using bare = await startBare();
const bareSteady = await measuredSteadily(bare, '', seconds);
const bareFast = await measuredAtFullSpeed(bare, '', seconds);
const bad = [steady, fast, afterwards, apart].reduce((sum, { refused, broken }) => sum + refused + broken, 0);
const { requestsPerS } = fast;
const ms = (us: number): number => rounded(us / 1000);
console.log(
  JSON.stringify({
    bench: 'webhook',
    requests_per_s: requestsPerS,
    alerts_per_s: requestsPerS * 10,
    p99_ms_at_full_speed: ms(fast.p99Us),
    not_2xx: bad,
    rss_mib: rssMib,
    program_cpu_us: fast.programUs,
    postgres_cpu_us: fast.othersUs,
    settled_after_s: isSettled ? rounded(settledS) : null,
    paced_per_s: steady.requestsPerS,
    paced_p50_ms: ms(steady.p50Us),
    paced_p99_ms: ms(steady.p99Us),
    paced_p99_ms_each: steady.p99UsEach.map(ms),
    paced_max_ms: ms(steady.maxUs),
    paced_cpu_us: steady.programUs,
    paced_postgres_cpu_us: steady.othersUs,
    paced_afterwards_p50_ms: ms(afterwards.p50Us),
    paced_afterwards_p99_ms: ms(afterwards.p99Us),
    apart_paced_p50_ms: ms(apart.p50Us),
    apart_paced_p99_ms: ms(apart.p99Us),
    apart_paced_p99_ms_each: apart.p99UsEach.map(ms),
    apart_paced_max_ms: ms(apart.maxUs),
    apart_paced_doors_cpu_us: apart.programUs,
    apart_paced_stages_and_postgres_cpu_us: apart.othersUs,
    bare_requests_per_s: bareFast.requestsPerS,
    bare_cpu_us: bareFast.programUs,
    bare_postgres_cpu_us: bareFast.othersUs,
    bare_paced_p50_ms: ms(bareSteady.p50Us),
    bare_paced_p99_ms: ms(bareSteady.p99Us),
    bare_paced_p99_ms_each: bareSteady.p99UsEach.map(ms),
    share_of_bare: Math.round((100 * requestsPerS) / bareFast.requestsPerS) / 100,
  }),
);
const isBelow = requestsPerS < barRequestsPerS || ms(steady.p99Us) > barP99Ms || bad > 0;
if (isBelow) process.exitCode = 1;
