import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createClient } from '@heliosiq/api';
import type { Client } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/model';
import type { Answer } from '@heliosiq/model';
import { incidentStory } from '../commands/incident-story.ts';
import { configOf, configOrExit } from '../commands/setting-options.ts';
import { bold, dim, wrap } from '../commands/terminal.ts';
import { createLogger } from '../program/logger.ts';
import { startProgram } from '../program/program.ts';
import type { Program } from '../program/program.ts';
import { failedCitations } from './check-citations.ts';
import { byRelevance, citationsOf, reportIncidents } from './demo-report.ts';
import type { ReportedIncident } from './demo-report.ts';
import { loadDeviceRecording } from './device-recording.ts';
import { type LoneAnomaly, loneAnomalies } from './lone-anomalies.ts';
import type { Narrator } from './narrator.ts';
import { loadPetshopRecording, readPetshopTruth } from './petshop-recording.ts';
import { residentMib } from './process-memory.ts';
import type { Recording } from './recording.ts';
import { replayRecording } from './replay.ts';
import { waitUntilSettled } from './settle.ts';
import { watchIncidents } from './watch-incidents.ts';
import type { IncidentWatch, ListedIncident } from './watch-incidents.ts';

const recordingsDir = join(import.meta.dirname, '..', '..', 'recordings');
const defaultFault = join(recordingsDir, 'petshop', 'low_traffic', 'train', 'issue_0');
const deviceFile = join(recordingsDir, 'nab', 'ambient_temperature_system_failure.csv');
/** Lines of the device file that are replayed: up to a few hours into its first failure, 2013-12-22. */
const deviceLines = 3726;
const settleTimeoutMs = 120_000;
const restMs = 6000;

export interface DemoOptions {
  /** A PetShop fault to replay instead of the one that comes along. */
  readonly recordingDir?: string;
  readonly port: number;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

/** What the demo found. */
export interface DemoStory {
  readonly ready_ms: number;
  readonly incident_ms: number | null;
  readonly cause_ms: number | null;
  readonly incidents: readonly ReportedIncident[];
  /** What was seen at the sensor where no incident came of it, with the reason. */
  readonly anomalies_without_incident: readonly LoneAnomaly[];
  /** Empty where the recording does not tell. */
  readonly truth: ReturnType<typeof readPetshopTruth> | Record<never, never>;
  readonly answer: string;
  readonly citations_failed: number;
}

/** What `demo --once --json` prints. */
export interface DemoReport extends DemoStory {
  /** Resident memory of all processes at rest. */
  readonly rss_mib_total: number;
}

/** A demo that has told its story and still serves its page. */
export interface ToldDemo extends AsyncDisposable {
  readonly url: string;
  readonly story: DemoStory;
  /** Waits until the program has come to rest, and measures the memory of all its processes in MiB. */
  restingMemory(signal: AbortSignal): Promise<number>;
  readonly finished: Promise<void>;
}

/** Starts the product in a folder of its own, replays the recordings through its API, asks it why, and reports. */
export async function tellDemo({
  recordingDir = defaultFault,
  port,
  narrator,
  signal,
}: DemoOptions): Promise<ToldDemo> {
  const endsAt = Math.floor(Date.now() / 60_000) * 60_000;
  const shop = loadPetshopRecording(recordingDir, endsAt);
  const device = loadDeviceRecording(deviceFile, endsAt, deviceLines);

  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'heliosiq-demo-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 3 }));
  const program = await startDemoProgram(dataDir, port);
  stack.defer(() => program.stop());
  const baseUrl = program.url ?? '';
  const readyMs = performance.now();
  narrator.step(`HeliosIQ is ready ${dim(`(${seconds(readyMs)})`)}: its page is ${bold(baseUrl)}`);

  const client = createClient({ baseUrl });
  const watch = stack.use(watchIncidents(client));
  narrator.heading('Story 1: the web shop');
  await replay(client, shop, narrator, signal);
  narrator.heading('Story 2: the sensor');
  await replay(client, device, narrator, signal);
  await waitUntilSettled(client, { signal, timeoutMs: settleTimeoutMs });

  const incidents = byRelevance(await watch.look(), shop.troubleFrom);
  const shopAssets = new Set(shop.edges.flatMap(({ from, to }) => [from, to]));
  const inShop = incidents.find(({ incident }) => incident.assets.some((asset) => shopAssets.has(asset)));
  const inOffice = incidents.find(({ incident }) => incident.assets.some((asset) => asset === 'office-cooling'));
  const answer = await askWhy(client, inShop, signal);
  const lone = inOffice === undefined ? await loneAnomalies(client, baseUrl, 'office-cooling') : [];
  await tell(client, narrator, { chosen: [inShop, inOffice], lone, answer });

  const reported = await reportIncidents(client, baseUrl, incidents);
  const mine = reported[0] === undefined ? [] : [...reported[0].citations, ...citationsOf(answer, baseUrl)];
  const withAnswer = reported.map((each, index) => (index === 0 ? { ...each, citations: mine } : each));
  const failed = await failedCitations(withAnswer.flatMap((each) => each.citations));
  narrator.step(
    `${withAnswer.reduce((sum, each) => sum + each.citations.length, 0) - failed.length} citations opened and found to say what was quoted`,
  );

  const truth = readPetshopTruth(recordingDir);
  if (truth !== undefined) {
    narrator.line(
      dim(`  What was really broken in this recording: ${truth.rootCause}, felt at ${truth.target} (${truth.metric}).`),
    );
  }
  await watch[Symbol.asyncDispose]();
  const story: DemoStory = {
    ready_ms: Math.round(readyMs),
    ...sightedAt(watch, inShop),
    incidents: withAnswer,
    anomalies_without_incident: lone,
    truth: truth ?? {},
    answer: answer.text,
    citations_failed: failed.length,
  };
  const owned = stack.move();
  return {
    url: baseUrl,
    story,
    finished: program.finished,
    async restingMemory(until) {
      await setTimeout(restMs, undefined, { signal: until });
      return residentMib([process.pid, ...program.childPids]);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Starts on the wanted port, or on a free one when somebody else has it. */
async function startDemoProgram(dataDir: string, port: number): Promise<Program> {
  const { config } = configOrExit(
    configOf(
      {},
      {
        ...{ data: dataDir, host: '127.0.0.1', port, role: 'all', loopbackSession: true, requestsPerMinute: 1_000_000 },
        ...{ otlpHttpPort: 'off', otlpGrpcPort: 'off' },
      },
    ),
  );
  const logger = createLogger({ level: 'warn', file: join(dataDir, 'heliosiq.log') });
  try {
    return await startProgram({ config, logger });
  } catch (error) {
    if (!(error instanceof HeliosError) || error.code !== 'port-in-use') throw error;
    return startProgram({ config: { ...config, port: 0 }, logger });
  }
}

async function replay(client: Client, recording: Recording, narrator: Narrator, signal: AbortSignal): Promise<void> {
  narrator.line(`  ${recording.name}: ${recording.about}.`);
  const startedAt = performance.now();
  const stored = await replayRecording(client, recording, {
    signal,
    onProgress: ({ sent, total }) => narrator.progress('samples stored', sent, total),
  });
  const perSecond = Math.round(stored / ((performance.now() - startedAt) / 1000));
  narrator.line(dim(`  sent through the public HTTP API at ${perSecond.toLocaleString('en')} samples/s`));
}

async function askWhy(client: Client, about: ListedIncident | undefined, signal: AbortSignal): Promise<Answer> {
  const entry = about?.incident.entry;
  const question =
    entry === undefined
      ? 'What is wrong?'
      : `Why is ${entry.asset} ${/latency|duration/.test(entry.metric) ? 'slow' : 'failing'}?`;
  const incidentId = about === undefined ? {} : { incidentId: about.incident.id };
  return client.call('ask', { body: { question, ...incidentId } }, { signal });
}

async function tell(
  client: Client,
  narrator: Narrator,
  {
    chosen,
    lone,
    answer,
  }: {
    readonly chosen: readonly (ListedIncident | undefined)[];
    readonly lone: readonly LoneAnomaly[];
    readonly answer: Answer;
  },
): Promise<void> {
  for (const [index, one] of chosen.entries()) {
    narrator.heading(`What HeliosIQ found: story ${index + 1}`);
    if (one === undefined) narrator.line(loneWords(lone));
    else narrator.line(incidentStory(await client.call('getIncident', { params: { id: one.incident.id } })));
  }
  narrator.heading(`Asked: ${answer.question}`);
  narrator.line(wrap(answer.text, 94, '  '));
}

/** What was seen without an incident, and why there is none. */
function loneWords(lone: readonly LoneAnomaly[]): string {
  if (lone.length === 0) return '  No incident.';
  return lone
    .map(({ explanation, reason, url }) => `${wrap(`${explanation} ${reason}`, 94, '  ')}\n  ${dim(url)}`)
    .join('\n');
}

function sightedAt(
  watch: IncidentWatch,
  about: ListedIncident | undefined,
): { incident_ms: number | null; cause_ms: number | null } {
  const sighting = about === undefined ? undefined : watch.sightings.get(about.incident.id);
  const cause =
    about?.cause?.verdict === 'fault' && about.cause.asset !== undefined
      ? sighting?.causes.get(about.cause.asset)
      : undefined;
  return {
    incident_ms: sighting === undefined ? null : Math.round(sighting.seenAt),
    cause_ms: cause === undefined ? null : Math.round(cause),
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The story fails when no cause was found, or when a citation does not hold. */
export function storyProblem(story: DemoStory): HeliosError | undefined {
  if (story.incidents.length === 0) return new HeliosError('internal', 'no incident was opened');
  if (story.cause_ms === null) return new HeliosError('internal', 'no cause was found');
  if (story.citations_failed > 0)
    return new HeliosError('internal', `${story.citations_failed} citation(s) did not hold`);
  return undefined;
}
