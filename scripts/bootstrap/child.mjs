import { spawn } from 'node:child_process';
import path from 'node:path';

const outputCharactersMax = 64 * 1024;
const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The environment with one folder put first on the search path, so that child scripts find the same Node. */
export function environmentWith(folder, extra = {}) {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') || 'PATH';
  return { ...process.env, [key]: `${folder}${path.delimiter}${process.env[key] || ''}`, ...extra };
}

/** A command as a person would type it, for messages. */
export function commandLine(command, args) {
  return [path.basename(command), ...args].map((word) => (/[\s"']/.test(word) ? JSON.stringify(word) : word)).join(' ');
}

/**
 * Starts a child, hands the caller's signals on to it, and resolves when it has ended.
 * On a terminal Ctrl-C already reaches the whole process group, so it is not sent a second time.
 */
function spawnAndWait(command, args, options, onStart) {
  return new Promise((resolve) => {
    // Listened for before the child exists, so that no signal ends this process and leaves the child behind.
    const handlers = new Map();
    for (const signal of forwardedSignals) {
      const handler = () => {
        if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
        if (onStart && onStart.onSignal) onStart.onSignal(signal);
      };
      handlers.set(signal, handler);
      process.on(signal, handler);
    }
    const child = spawn(command, args, options);
    const settle = (result) => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      resolve(result);
    };
    if (onStart && onStart.onOutput) {
      child.stdout.on('data', onStart.onOutput);
      child.stderr.on('data', onStart.onOutput);
    }
    child.once('error', (error) => settle({ code: 127, signal: null, error }));
    child.once('close', (code, signal) => settle({ code, signal, error: null }));
  });
}

/**
 * Runs a step of the set-up quietly and keeps the tail of what it said.
 * @returns {Promise<{code: number|null, signal: string|null, output: string, interruptedBy: string|null}>}
 */
export async function runQuietly(command, args, options = {}) {
  let output = '';
  let interruptedBy = null;
  const result = await spawnAndWait(
    command,
    args,
    { ...options, stdio: ['ignore', 'pipe', 'pipe'] },
    {
      onOutput: (chunk) => {
        output = (output + chunk).slice(-outputCharactersMax);
      },
      onSignal: (signal) => {
        interruptedBy = signal;
      },
    },
  );
  if (result.error) output += result.error.message;
  if (result.signal && !interruptedBy) interruptedBy = result.signal;
  return { code: result.code, signal: result.signal, output, interruptedBy };
}

/**
 * Runs the target in the foreground and ends this process exactly as the target ended: same exit code, same signal.
 * @returns {Promise<never>}
 */
export async function becomeChild(command, args, options = {}) {
  const result = await spawnAndWait(command, args, { ...options, stdio: 'inherit' });
  if (result.error) {
    process.stderr.write(`heliosiq: could not start ${command}: ${result.error.message}\n`);
    process.exit(127);
  }
  if (result.signal) {
    process.kill(process.pid, result.signal);
    // The signal is delivered on the next turn; this keeps the event loop alive until it ends the process.
    await new Promise(() => setInterval(() => {}, 1000));
  }
  process.exit(result.code === null ? 1 : result.code);
}
