import { constants, getPriority, setPriority } from 'node:os';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { HeliosError } from '@heliosiq/model';
import { createMeter } from '@heliosiq/observe';
import { createPacer } from '@heliosiq/ports';
import type { Health, HealthCheck, Pacer } from '@heliosiq/ports';
import { roles } from '../roles.ts';
import { createAdaptiveMemory } from './adaptive-memory.ts';
import { letHelperThreadsGiveWay } from './helper-threads.ts';
import { createJoiningLog } from './joined-groups.ts';
import { createLogger } from './logger.ts';
import { machineIdleMs } from './machine-idle.ts';
import { composeRoles, openRoles } from './open-roles.ts';
import { runServices } from './services.ts';
import type {
  FromStages,
  StageAnswers,
  StageQuestion,
  StagesStart,
  ToldError,
  ToStages,
} from './stages-apart-messages.ts';

/**
 * The process in which the stages work, beside the one of the doors: opens its own connections, runs the services of its roles,
 * and answers the program's first process. It lives no longer than that one.
 */

/** Doors come first where the processors do not suffice: a sender waits for its answer, a stage catches up later. */
const niceness = 10;
/** While doors leave no processor idle, stages rest as long as they worked. */
const restFactor = 1;
const stopTimeoutMs = 9000;

const pacer = createPacer({ restFactor, idleMs: machineIdleMs, hasDoors: false });
/** Known once the stages are at work. */
let answer: ((question: StageQuestion) => Promise<StageAnswers[StageQuestion] | undefined>) | undefined;

// The first process is asked to stop as well, and stops this one once the doors are closed.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  const told = message as ToStages; // the first process runs our own file, of the same version
  if (told.kind === 'doors') pacer.noteDoor();
  else if (told.kind === 'start') runStages(told.start, pacer).catch(fail);
  else void answerAsked(told.ask, told.number);
});

async function answerAsked(ask: StageQuestion, number: number): Promise<void> {
  const found = await answer?.(ask);
  if (found !== undefined) tell({ kind: 'answer', number, answer: found });
}

async function runStages(start: StagesStart, pacer: Pacer): Promise<void> {
  const { config, dataDir } = start;
  const stack = new AsyncDisposableStack();
  const logger = createLogger({ level: config.logLevel });
  let state: 'starting' | 'ready' | 'stopping' = 'starting';
  const meter = createMeter({ isOfProcess: false });
  const database = stack.use(await openDatabase({ url: start.databaseUrl, poolMax: config.databasePoolMax, logger }));
  const checks: HealthCheck[] = [];
  const wanted = start.roles.map((name) => roles[name]);
  const opened = await openRoles(
    {
      ...{ config, dataDir, database, logger, meter, checks, pacer },
      ...{ roles: wanted, alsoNeeds: [], now: Date.now, state: () => state },
    },
    stack,
  );
  const joining = createJoiningLog(opened.ports.log);
  const ports = { ...opened.ports, log: joining.log };
  const compositions = await composeRoles(wanted, { ports, context: opened.context });
  const running = runServices(
    [createAdaptiveMemory(), ...compositions.flatMap(({ services }) => services ?? [])],
    logger,
  );
  stack.defer(() => running.stop(stopTimeoutMs));
  checks.push(...running.health);
  running.finished.catch(fail);
  const answers: { readonly [Question in StageQuestion]: () => Promise<StageAnswers[Question]> } = {
    health: () => Promise.all(checks.map(askOne)),
    figures: () => meter.figures(),
    stop: async () => {
      state = 'stopping';
      await stack.disposeAsync();
      return true;
    },
  };
  answer = (question) =>
    answers[question]().catch((error: unknown) => {
      // Who asked waits no longer than its limit; a question that cannot be answered is no reason to stop working.
      logger.warn({ error, question }, 'the stages could not answer');
      return undefined;
    });
  await joining.joined();
  state = 'ready';
  setPriority(Math.min(getPriority() + niceness, constants.priority.PRIORITY_LOW));
  letHelperThreadsGiveWay();
  tell({ kind: 'ready', checks: checks.map(({ name }) => name) });
}

function tell(message: FromStages): void {
  process.send?.(message, undefined, undefined, () => undefined); // a first process that is gone ends this one
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const isOurs = error instanceof HeliosError;
  const told: ToldError = { message, code: isOurs ? error.code : undefined, cure: isOurs ? error.cure : undefined };
  tell({ kind: 'failed', error: told });
}

function askOne(check: HealthCheck): Promise<Health> {
  return check.check(AbortSignal.timeout(1000)).catch((): Health => {
    return { name: check.name, ok: false, latencyMs: 0, detail: 'the check failed' };
  });
}
