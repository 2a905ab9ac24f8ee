import fs from 'node:fs';
import path from 'node:path';

import { programEntry, toolchainFolder, webFolder } from './paths.mjs';
import {
  forgetInstall,
  forgetWeb,
  installKey,
  isInstalled,
  isWebBuilt,
  rememberInstall,
  rememberWeb,
  webKey,
} from './stamps.mjs';
import { findNode } from './toolchain.mjs';

/** The commands of the program that serve the web page. */
const commandsWithPage = new Set(['demo', 'start']);

/** Whether a command line of the program needs the built web page. */
export function needsPage(programArguments) {
  return commandsWithPage.has(programArguments.find((word) => !word.startsWith('-')));
}

function isReady(node, withPage) {
  if (!node) return false;
  const key = installKey(node.version);
  return isInstalled(key) && (!withPage || isWebBuilt(key));
}

async function buildPage(node, key) {
  const [{ environmentWith, runQuietly }, { stepFailure }, { showProgress }] = await Promise.all([
    import('./child.mjs'),
    import('./toolchain.mjs'),
    import('./progress.mjs'),
  ]);
  const keyOfSources = webKey(key);
  forgetWeb();
  const args = ['--run', 'build'];
  await showProgress({ doing: 'building the web page', done: 'web page built' }, async () => {
    const env = environmentWith(path.dirname(node.binary));
    const result = await runQuietly(node.binary, args, { cwd: webFolder, env });
    if (result.code !== 0) {
      const cure = 'mend the page in packages/web; `npm run check` shows type errors with their lines.';
      throw stepFailure('building the web page', node.binary, args, result, cure);
    }
  });
  rememberWeb(keyOfSources);
}

/** Lets Node keep the program's compiled code, so that the first real start is as quick and as lean as the later ones. */
async function compileProgram(node) {
  const [{ environmentWith, runQuietly }, { programEnvironment, programFlags }, { showProgress }] = await Promise.all([
    import('./child.mjs'),
    import('./program-run.mjs'),
    import('./progress.mjs'),
  ]);
  await showProgress({ doing: 'compiling the program', done: 'program compiled' }, async () => {
    const env = environmentWith(path.dirname(node.binary), programEnvironment());
    // Only a saving: a program that cannot start says so itself, in its own words, right after.
    await runQuietly(node.binary, [...programFlags(), programEntry, '--version'], { env });
  });
}

/**
 * Makes the clone ready to run: Node, packages, and the page where it is needed. Does nothing when nothing is to be
 * done; otherwise one process at a time works, and the others wait and then find it done.
 * @param {{withPage: boolean}} options
 * @returns {Promise<{binary: string, version: string}>} the Node to run the program with
 */
export async function prepare({ withPage }) {
  const ready = findNode();
  if (isReady(ready, withPage)) return ready;
  const [{ acquireLock }, { ensureNode, installPackages, removeLeftovers }] = await Promise.all([
    import('./lock.mjs'),
    import('./toolchain.mjs'),
  ]);
  fs.mkdirSync(toolchainFolder, { recursive: true });
  const release = await acquireLock(path.join(toolchainFolder, 'lock'), (holder) => {
    const who = holder ? ` (process ${holder.pid} on ${holder.host})` : '';
    process.stderr.write(`heliosiq: waiting for another set-up of this clone to end${who}\n`);
  });
  try {
    removeLeftovers();
    const node = await ensureNode();
    const key = installKey(node.version);
    if (!isInstalled(key)) {
      forgetInstall();
      await installPackages(node);
      rememberInstall(key);
    }
    if (withPage && !isWebBuilt(key)) {
      await buildPage(node, key);
      await compileProgram(node);
    }
    return node;
  } finally {
    release();
  }
}
