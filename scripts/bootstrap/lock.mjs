import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const heartbeatIntervalMs = 2_000;
const heartbeatAgeMaxMs = 30_000;
const takeoverAgeMaxMs = 10_000;
const pollIntervalMs = 200;

function readIfThere(file) {
  try {
    return { text: fs.readFileSync(file, 'utf8'), ageMs: Date.now() - fs.statSync(file).mtimeMs };
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function parseHolder(text) {
  try {
    return JSON.parse(text);
  } catch {
    // A holder killed between creating and filling the file leaves it empty; its age then decides.
    return null;
  }
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Stale: its holder is dead on this host, or nobody has refreshed it for half a minute (another host, a reused pid). */
function isStale(lock) {
  if (lock.ageMs > heartbeatAgeMaxMs) return true;
  const holder = parseHolder(lock.text);
  return holder !== null && holder.host === os.hostname() && !isAlive(holder.pid);
}

/** Only one process at a time may remove a stale lock, so that nobody removes the fresh one that replaced it. */
function removeStale(lockFile, seenText) {
  const takeoverFile = `${lockFile}.takeover`;
  try {
    fs.writeFileSync(takeoverFile, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const takeover = readIfThere(takeoverFile);
    if (takeover && takeover.ageMs > takeoverAgeMaxMs) fs.rmSync(takeoverFile, { force: true });
    return;
  }
  try {
    const current = readIfThere(lockFile);
    if (current && current.text === seenText && isStale(current)) fs.rmSync(lockFile, { force: true });
  } finally {
    fs.rmSync(takeoverFile, { force: true });
  }
}

/**
 * Waits until this process holds the lock file, and returns the function that gives it back.
 * @param {string} lockFile
 * @param {(holder: {pid: number, host: string} | null) => void} onWait called once if somebody else holds it
 * @returns {Promise<() => void>}
 */
export async function acquireLock(lockFile, onWait) {
  fs.mkdirSync(path.dirname(lockFile), { recursive: true });
  const text = JSON.stringify({ pid: process.pid, host: os.hostname(), token: randomUUID() });
  let told = false;
  for (;;) {
    try {
      fs.writeFileSync(lockFile, text, { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const current = readIfThere(lockFile);
    if (current && isStale(current)) {
      removeStale(lockFile, current.text);
    } else if (current && !told) {
      told = true;
      onWait(parseHolder(current.text));
    }
    await new Promise((resolve) => setTimeout(resolve, pollIntervalMs));
  }
  const isOurs = () => (readIfThere(lockFile) || {}).text === text;
  const heartbeat = setInterval(() => {
    if (isOurs()) fs.utimesSync(lockFile, new Date(), new Date());
  }, heartbeatIntervalMs);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    if (isOurs()) fs.rmSync(lockFile, { force: true });
  };
}
