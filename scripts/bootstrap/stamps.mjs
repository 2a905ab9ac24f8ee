import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { root, toolchainFolder, webFolder } from './paths.mjs';

const installStampFile = path.join(root, 'node_modules', '.heliosiq-installed');
const webStampFile = path.join(toolchainFolder, 'web-built');
const ignoredFolders = new Set(['node_modules', 'dist', 'coverage']);

function packageFolders() {
  const packages = path.join(root, 'packages');
  return fs
    .readdirSync(packages, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(packages, entry.name))
    .filter((folder) => fs.existsSync(path.join(folder, 'package.json')))
    .sort();
}

function filesUnder(folder) {
  const files = [];
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (ignoredFolders.has(entry.name)) continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) files.push(...filesUnder(file));
    else if (entry.isFile()) files.push(file);
  }
  return files;
}

function hashOf(files, ...words) {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${word}\0`);
  for (const file of files) {
    hash.update(`${path.relative(root, file)}\0`);
    hash.update(fs.readFileSync(file));
  }
  return hash.digest('hex');
}

function readStamp(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  }
}

function writeStamp(file, key) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, key);
  fs.renameSync(temporary, file);
}

/** What the installed packages depend on: the lockfile, every manifest, the platform and the Node version. */
export function installKey(nodeVersion) {
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', '.npmrc']
    .map((name) => path.join(root, name))
    .concat(packageFolders().map((folder) => path.join(folder, 'package.json')))
    .filter((file) => fs.existsSync(file));
  return hashOf(files, nodeVersion, process.platform, process.arch);
}

/** True when the packages on disk are those the lockfile asks for, and no package's links were deleted since. */
export function isInstalled(key) {
  if (readStamp(installStampFile) !== key) return false;
  return packageFolders().every((folder) => {
    const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const count = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).length;
    return count === 0 || fs.existsSync(path.join(folder, 'node_modules'));
  });
}

/** Forgets the install before it is redone, so that an interrupted one is never taken for a finished one. */
export function forgetInstall() {
  fs.rmSync(installStampFile, { force: true });
}

/** Records a finished install. */
export function rememberInstall(key) {
  writeStamp(installStampFile, key);
}

/** What the built page depends on: its own sources, the two packages it imports, and what is installed. */
export function webKey(install) {
  const sources = [webFolder, ...['model', 'api'].map((name) => path.join(root, 'packages', name))];
  return hashOf(sources.filter((folder) => fs.existsSync(folder)).flatMap(filesUnder), install);
}

/** True when there is no page to build, or the built one is of these sources. */
export function isWebBuilt(install) {
  if (!fs.existsSync(path.join(webFolder, 'vite.config.ts'))) return true;
  if (!fs.existsSync(path.join(webFolder, 'dist', 'index.html'))) return false;
  return readStamp(webStampFile) === webKey(install);
}

/** Forgets the built page before it is rebuilt. */
export function forgetWeb() {
  fs.rmSync(webStampFile, { force: true });
}

/** Records a built page under the key that was taken before the build began. */
export function rememberWeb(key) {
  writeStamp(webStampFile, key);
}
