/** The native runtime of local models: found, or installed beside the data, never part of the default installation. */

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeliosError } from '@heliosiq/model';

/** The one version that local models are run with: vectors must not change by an update. */
export const ONNX_RUNTIME_VERSION = '1.30.0';

/** Manifest and lock file with the hash of every package that is fetched. */
const MANIFEST_FOLDER = fileURLToPath(new URL('../../onnx-runtime/', import.meta.url));
const INSTALL_TIMEOUT_MS = 15 * 60_000;
const MESSAGE_LENGTH_MAX = 400;

export interface InstallOptions {
  /** The folder that runtimes are kept in. */
  readonly folder: string;
  /** Told in words how the installation goes. */
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** The path of an installed runtime's module, in `folder` or where Node finds it by itself; `undefined` when there is none. */
export function findOnnxRuntime(folder: string): string | undefined {
  for (const base of [join(runtimeFolder(folder), 'package.json'), import.meta.url]) {
    try {
      return createRequire(base).resolve('onnxruntime-node');
    } catch {
      // Not there; look on.
    }
  }
  return undefined;
}

/**
 * Installs the runtime with npm, exactly the locked packages, without running their scripts, and keeps only this machine's
 * binaries (about 40 MB). Safe beside another process that does the same. Gives the path of the module.
 *
 * @throws HeliosError `unavailable` with npm's last words.
 */
export async function installOnnxRuntime({ folder, onProgress, signal }: InstallOptions): Promise<string> {
  const found = findOnnxRuntime(folder);
  if (found !== undefined) return found;
  const target = runtimeFolder(folder);
  const making = `${target}.${randomUUID()}`;
  onProgress(`installing the ONNX runtime ${ONNX_RUNTIME_VERSION} (about 290 MB to fetch, 40 MB kept)`);
  try {
    await mkdir(folder, { recursive: true });
    await cp(MANIFEST_FOLDER, making, { recursive: true });
    // The install script would fetch GPU libraries from outside the registry; the CPU library is in the package.
    await runNpm(
      ['ci', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'],
      making,
      signal,
    );
    await dropForeignBinaries(join(making, 'node_modules', 'onnxruntime-node', 'bin'));
    await rename(making, target).catch((error: unknown) => {
      // Another process was faster: its runtime is as good.
      if (findOnnxRuntime(folder) === undefined) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  const installed = findOnnxRuntime(folder);
  if (installed === undefined) throw new HeliosError('unavailable', 'npm left no usable ONNX runtime behind');
  onProgress('the ONNX runtime is installed');
  return installed;
}

function runtimeFolder(folder: string): string {
  return join(folder, `onnxruntime-${ONNX_RUNTIME_VERSION}-${process.platform}-${process.arch}`);
}

function runNpm(args: readonly string[], cwd: string, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const isWindows = process.platform === 'win32';
    const limit = AbortSignal.timeout(INSTALL_TIMEOUT_MS);
    const child = spawn(isWindows ? 'npm.cmd' : 'npm', args, {
      cwd,
      shell: isWindows,
      stdio: ['ignore', 'ignore', 'pipe'],
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(-4 * MESSAGE_LENGTH_MAX);
    });
    const fail = (reason: string, cause?: unknown): void =>
      reject(
        new HeliosError(
          'unavailable',
          `the ONNX runtime could not be installed: ${reason.slice(0, MESSAGE_LENGTH_MAX)}`,
          {
            cure: 'run `heliosiq models pull` where npm reaches its registry, or search without a local model',
            ...(cause === undefined ? {} : { cause }),
          },
        ),
      );
    child.on('error', (error) => fail(error.message, error));
    child.on('close', (code) => (code === 0 ? resolve() : fail(lastErrorOf(words) ?? `npm ended with ${code}`)));
  });
}

function lastErrorOf(words: string): string | undefined {
  const lines = words.split('\n').filter((line) => /^npm (?:error|ERR!)/.test(line) && !/log of this run/.test(line));
  return lines.slice(0, 3).join('; ') || undefined;
}

/** The package holds the libraries of six platforms. */
async function dropForeignBinaries(bin: string): Promise<void> {
  if (!existsSync(bin)) return;
  for (const api of await readdir(bin)) {
    for (const platform of await readdir(join(bin, api))) {
      const here = platform === process.platform;
      if (!here) await rm(join(bin, api, platform), { recursive: true });
      else
        for (const arch of await readdir(join(bin, api, platform))) {
          if (arch !== process.arch) await rm(join(bin, api, platform, arch), { recursive: true });
        }
    }
  }
}
