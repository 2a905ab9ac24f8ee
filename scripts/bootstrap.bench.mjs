// How long bin/heliosiq takes before the program starts when nothing is to be done. The bar is 150 ms.
// Starts a tiny program in place of the real one, so that only the way to it is measured.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const rounds = 20;
const barMs = 150;
const clone = fs.mkdtempSync(path.join(os.tmpdir(), 'heliosiq-bench-'));

// Both ways get the same compile cache, which bin/heliosiq would otherwise have alone.
const env = { ...process.env, NODE_COMPILE_CACHE: path.join(clone, '.toolchain', 'compile-cache') };

function medianMs(command, args) {
  const times = Array.from({ length: rounds }, () => {
    const startedAt = performance.now();
    const { status, stderr } = spawnSync(command, args, { cwd: clone, env });
    if (status !== 0) throw new Error(String(stderr));
    return performance.now() - startedAt;
  });
  return times.sort((a, b) => a - b)[rounds / 2];
}

try {
  for (const name of ['scripts', 'bin']) fs.cpSync(path.join(root, name), path.join(clone, name), { recursive: true });
  for (const name of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
    fs.copyFileSync(path.join(root, name), path.join(clone, name));
  }
  const isLeftOut = (file) => /node_modules|[\\/]dist([\\/]|$)/.test(path.relative(root, file));
  fs.cpSync(path.join(root, 'packages'), path.join(clone, 'packages'), {
    recursive: true,
    filter: (file) => !isLeftOut(file),
  });
  const program = path.join(clone, 'packages', 'heliosiq', 'src', 'main.ts');
  fs.writeFileSync(program, 'process.exitCode = 0;\n');
  const heliosiq = path.join(clone, 'bin', 'heliosiq');
  spawnSync(heliosiq, ['--version'], { cwd: clone, stdio: 'inherit' });

  const directMs = medianMs(process.execPath, ['--disable-warning=ExperimentalWarning', program]);
  const throughMs = medianMs(heliosiq, ['--version']);
  const addedMs = throughMs - directMs;
  console.log(
    `direct ${directMs.toFixed(0)} ms, through bin/heliosiq ${throughMs.toFixed(0)} ms: adds ${addedMs.toFixed(0)} ms (bar ${barMs})`,
  );
  process.exitCode = addedMs < barMs ? 0 : 1;
} finally {
  fs.rmSync(clone, { recursive: true, force: true });
}
