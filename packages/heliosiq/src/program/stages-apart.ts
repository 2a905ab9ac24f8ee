import { fork } from 'node:child_process';
import { join } from 'node:path';
import { errorTable, HeliosError } from '@heliosiq/model';
import type { ErrorCode } from '@heliosiq/model';
import type { MeterFigures } from '@heliosiq/observe';
import type { Health, HealthCheck } from '@heliosiq/ports';
import { createStageQuestions } from './stage-questions.ts';
import type { FromStages, StagesStart, ToldError, ToStages } from './stages-apart-messages.ts';

const mainFile = join(import.meta.dirname, 'stages-apart-main.ts');
const startTimeoutMs = 60_000;
const endTimeoutMs = 1000;

/** That doors are at work is told at most this often. */
const doorsToldEveryMs = 40;

/** Stages at work in a process of their own, as the program's first process sees them. */
export interface StagesApart {
  readonly pid: number;
  readonly checks: readonly HealthCheck[];
  /** Rejects when a service there died or the process ended without being asked to; never settles otherwise. */
  readonly lost: Promise<never>;
  /** Its metrics; rejects with `timeout` when it is too busy to tell. */
  figures(): Promise<MeterFigures>;
  /** Says that a door is at work. */
  noteDoor(): void;
  /** Lets the stages finish what they have begun, and ends the process, at the latest after this time. */
  stop(timeoutMs: number): Promise<void>;
}

/** Starts the stages and waits until they are at work; rejects with their reason when they cannot start. */
export async function startStagesApart(start: StagesStart): Promise<StagesApart> {
  // In a process group of its own, so that Ctrl-C in a terminal reaches the first process alone, which then stops this one in
  // order. It ends by itself when the first one is gone.
  const child = fork(mainFile, {
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ready = Promise.withResolvers<readonly string[]>();
  const lost = Promise.withResolvers<never>();
  const ended = Promise.withResolvers<void>();
  let isStopping = false;
  let doorsToldAt = -Infinity;

  const tell = (message: ToStages): void => {
    // A process that is gone tells so by its end.
    if (child.connected) child.send(message, () => undefined);
  };
  const questions = createStageQuestions(tell);
  function fail(error: unknown): void {
    ready.reject(error);
    if (!isStopping) lost.reject(error);
    questions.fail(error);
  }
  lost.promise.catch(() => undefined); // told to whoever awaits it; this only keeps Node from seeing it as unhandled
  child.on('message', (message) => {
    const told = message as FromStages; // the process runs our own file, of the same version
    if (told.kind === 'ready') ready.resolve(told.checks);
    else if (told.kind === 'failed') fail(errorOf(told.error));
    else questions.answer(told.number, told.answer);
  });
  child.on('error', fail);
  child.on('exit', (code, signal) => {
    ended.resolve();
    fail(new HeliosError('unavailable', `the process of the stages ended (${signal ?? `exit code ${code}`})`));
  });
  tell({ kind: 'start', start });

  async function stop(timeoutMs: number): Promise<void> {
    if (isStopping) return ended.promise;
    isStopping = true;
    // What it could not finish is delivered again after the next start.
    await Promise.race([questions.ask('stop', timeoutMs).catch(() => undefined), ended.promise]);
    if (child.connected) child.disconnect();
    const impatience = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs);
    await ended.promise;
    clearTimeout(impatience);
  }

  const slow = setTimeout(() => {
    ready.reject(new HeliosError('timeout', `the stages did not start within ${startTimeoutMs / 1000} s`));
  }, startTimeoutMs);
  try {
    const names = await ready.promise;
    let round: Promise<readonly Health[]> | undefined;
    const askHealth = (): Promise<readonly Health[]> =>
      (round ??= questions.ask('health').finally(() => {
        round = undefined;
      }));
    return {
      pid: child.pid ?? 0,
      checks: names.map((name) => ({
        name,
        async check() {
          const found = (await askHealth()).find((health) => health.name === name);
          return found ?? { name, ok: false, latencyMs: 0, detail: 'is not there any more' };
        },
      })),
      lost: lost.promise,
      figures: () => questions.ask('figures'),
      noteDoor() {
        const now = performance.now();
        if (now - doorsToldAt < doorsToldEveryMs) return;
        doorsToldAt = now;
        tell({ kind: 'doors' });
      },
      stop,
    };
  } catch (error) {
    await stop(0);
    throw error;
  } finally {
    clearTimeout(slow);
  }
}

function errorOf({ code, message, cure }: ToldError): HeliosError {
  const codes = Object.keys(errorTable) as ErrorCode[]; // the keys of a const object
  const known = codes.find((one) => one === code) ?? 'internal';
  return new HeliosError(known, message, cure === undefined ? {} : { cure });
}
