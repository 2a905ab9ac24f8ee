import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const repository = path.resolve(import.meta.dirname, '..', '..');
const waitOptions = { timeout: 90_000, interval: 20 };

/** The program of the clone under test: says what it was given, and does as told. */
const program = `
const [command, value] = process.argv.slice(2);
if (command === 'wait') process.on('SIGTERM', () => process.exit(23));
if (command === 'wait' || command === 'die') setInterval(() => {}, 1000);
console.log(JSON.stringify({ args: process.argv.slice(2), folder: process.cwd(), parent: process.ppid }));
if (command === 'exit') process.exit(Number(value));
`;

/** A package manager that needs no network: counts its installs, and waits or fails while a file says so. */
const packageManager = `#!/bin/sh
if [ "$1" = --version ]; then echo 11.0.0; exit 0; fi
echo install >> installs
while [ -f hold ]; do sleep 0.05; done
if [ -f break ]; then echo "ERR_PNPM_BROKEN the disk is full" >&2; exit 1; fi
mkdir -p node_modules packages/heliosiq/node_modules
`;

let clone: string;
let tools: string;
let children: ChildProcess[];

function write(name: string, text: string, mode = 0o644): void {
  const file = path.join(clone, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode });
}

function has(name: string): boolean {
  return fs.existsSync(path.join(clone, name));
}

function installCount(): number {
  // The file is there before its first line is.
  return has('installs') ? fs.readFileSync(path.join(clone, 'installs'), 'utf8').split('\n').length - 1 : 0;
}

function start(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  const env = { ...inherited, PATH: `${tools}${path.delimiter}${process.env['PATH'] ?? ''}`, ...environment };
  const child = spawn(command, args, { cwd: tmpdir(), env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const seen = { output: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => (seen.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (seen.errors += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...seen }));
  return { child, seen, ended };
}

const bin = (...args: string[]) => start(path.join(clone, 'bin', 'heliosiq'), args);
const bootstrap = (...args: string[]) =>
  start(process.execPath, [path.join(clone, 'scripts', 'bootstrap.mjs'), ...args]);

beforeEach(() => {
  children = [];
  clone = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), 'heliosiq-bootstrap-')));
  tools = path.join(clone, 'tools');
  fs.cpSync(path.join(repository, 'scripts'), path.join(clone, 'scripts'), { recursive: true });
  fs.cpSync(path.join(repository, 'bin'), path.join(clone, 'bin'), { recursive: true });
  write('package.json', '{ "name": "clone", "type": "module" }');
  write('pnpm-lock.yaml', 'lockfileVersion: "9.0"\n');
  write('pnpm-workspace.yaml', 'packages: [packages/*]\n');
  write('packages/heliosiq/package.json', '{ "name": "program", "type": "module", "dependencies": { "x": "1" } }');
  write('packages/heliosiq/src/main.ts', program);
  write('tools/pnpm', packageManager, 0o755);
  fs.symlinkSync(process.execPath, path.join(tools, 'node'));
});

afterEach(() => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  fs.rmSync(clone, { recursive: true, force: true });
});

describe('bin/heliosiq', () => {
  it('works through a symbolic link from any folder, passes arguments and the exit code, and keeps stdout clean', async () => {
    const link = path.join(clone, 'tools', 'hq');
    fs.symlinkSync('../bin/heliosiq', link);
    const { code, output, errors } = await start(link, ['exit', '7', 'two words']).ended;
    expect(code).toBe(7);
    expect(JSON.parse(output)).toMatchObject({ args: ['exit', '7', 'two words'], folder: fs.realpathSync(tmpdir()) });
    expect(errors).toMatch(/^heliosiq: packages installed \(\d+\.\d s\)\n$/);
  });

  it('becomes the program, so that no parent process stays', async () => {
    const { child, ended } = bin('exit', '0');
    const { output } = await ended;
    expect(JSON.parse(output)).toMatchObject({ parent: process.pid });
    expect(child.pid).not.toBe(process.pid);
  });

  it('installs once, and again after the lockfile, a manifest or the installed packages changed', async () => {
    await bin('exit', '0').ended;
    expect((await bin('exit', '0').ended).errors).toBe('');
    expect(installCount()).toBe(1);
    write('pnpm-lock.yaml', 'lockfileVersion: "9.1"\n');
    await bin('exit', '0').ended;
    expect(installCount()).toBe(2);
    fs.rmSync(path.join(clone, 'packages', 'heliosiq', 'node_modules'), { recursive: true });
    await bin('exit', '0').ended;
    expect(installCount()).toBe(3);
    fs.rmSync(path.join(clone, 'node_modules'), { recursive: true });
    await bin('exit', '0').ended;
    expect(installCount()).toBe(4);
    expect((await bin('exit', '0').ended).errors).toBe('');
    expect(installCount()).toBe(4);
  });
});

describe('an interrupted set-up', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('ended by %s is taken up by the next run', async (signal) => {
    write('hold', '');
    const first = bootstrap('cli', 'exit', '0');
    await vi.waitFor(() => expect(installCount()).toBe(1), waitOptions);
    first.child.kill(signal);
    const code = await new Promise<number | null>((resolve) => {
      first.child.once('exit', resolve);
    });
    if (signal !== 'SIGKILL') {
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(has('.toolchain/lock')).toBe(false);
      // Its last words may arrive after its end.
      await vi.waitFor(() => expect(first.seen.errors).toContain('interrupted while installing packages'), waitOptions);
    }
    fs.rmSync(path.join(clone, 'hold'));
    write('.toolchain/tmp-1-pnpm/half', '');
    expect((await bootstrap('cli', 'exit', '5').ended).code).toBe(5);
    expect(installCount()).toBe(2);
    expect(has('.toolchain/tmp-1-pnpm')).toBe(false);
    expect(has('.toolchain/lock')).toBe(false);
  });

  it('that failed says why and what to do, and is never taken for finished', async () => {
    write('break', '');
    const { code, output, errors } = await bin('exit', '0').ended;
    expect(code).toBe(1);
    expect(output).toBe('');
    expect(errors).toMatch(/installing packages failed[\s\S]*command: pnpm install[\s\S]*the disk is full[\s\S]*cure:/);
    fs.rmSync(path.join(clone, 'break'));
    expect((await bin('exit', '0').ended).code).toBe(0);
    expect(installCount()).toBe(2);
  });
});

describe('two set-ups of one clone', () => {
  it('work one after the other, and the second finds it done', async () => {
    write('hold', '');
    const first = bootstrap('cli', 'exit', '0');
    await vi.waitFor(() => expect(installCount()).toBe(1), waitOptions);
    const second = bootstrap('cli', 'exit', '0');
    await vi.waitFor(() => expect(second.seen.errors).toContain(`process ${first.child.pid}`), waitOptions);
    fs.rmSync(path.join(clone, 'hold'));
    expect([(await first.ended).code, (await second.ended).code]).toEqual([0, 0]);
    expect(installCount()).toBe(1);
  });

  it('take over the lock of a dead process, and one that nobody has refreshed', async () => {
    const dead = start(process.execPath, ['--version']);
    await dead.ended;
    write('.toolchain/lock', JSON.stringify({ pid: dead.child.pid, host: hostname(), token: 'x' }));
    expect((await bootstrap('cli', 'exit', '0').ended).code).toBe(0);
    fs.rmSync(path.join(clone, 'node_modules'), { recursive: true });
    write('.toolchain/lock', '');
    const longAgo = new Date(Date.now() - 60_000);
    fs.utimesSync(path.join(clone, '.toolchain', 'lock'), longAgo, longAgo);
    expect((await bootstrap('cli', 'exit', '0').ended).code).toBe(0);
    expect(installCount()).toBe(2);
  });
});

describe('scripts/bootstrap.mjs', () => {
  it('hands a signal on to the program and ends with its exit code', async () => {
    const { child, seen, ended } = bootstrap('cli', 'wait');
    await vi.waitFor(() => expect(seen.output).toContain('"wait"'), waitOptions);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(23);
  });

  it('ends by the signal that ended the program', async () => {
    const { child, seen, ended } = bootstrap('cli', 'die');
    await vi.waitFor(() => expect(seen.output).toContain('"die"'), waitOptions);
    child.kill('SIGTERM');
    expect((await ended).signal).toBe('SIGTERM');
  });

  it('names the command and the cure when npm cannot reach its registry', async () => {
    const npm = (process.env['PATH'] ?? '')
      .split(path.delimiter)
      .map((folder) => path.join(folder, 'npm'))
      .find((file) => fs.existsSync(file));
    fs.rmSync(path.join(tools, 'pnpm'));
    fs.symlinkSync(npm ?? 'npm', path.join(tools, 'npm'));
    const nowhere = {
      PATH: tools,
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_cache: path.join(clone, 'cache'),
    };
    const { code, errors } = await start(
      process.execPath,
      [path.join(clone, 'scripts', 'bootstrap.mjs'), 'check'],
      nowhere,
    ).ended;
    expect(code).toBe(1);
    expect(errors).toMatch(/fetching pnpm [\d.]+ \(pnpm@[\d.]+\) failed/);
    expect(errors).toMatch(/command: npm ci[\s\S]*cause: [\s\S]*ECONNREFUSED[\s\S]*cure: .*registry/);
    expect(fs.readdirSync(path.join(clone, '.toolchain'))).toEqual([]);
  });

  it('lists its targets when given an unknown one', async () => {
    const { code, errors } = await bootstrap('toString').ended;
    expect(code).toBe(2);
    expect(errors).toContain('use one of: cli, test');
  });
});
