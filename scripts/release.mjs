// Builds a release from a commit: `node scripts/release.mjs [TAG]` (default: v and the version of package.json).
// Writes into release/: the source archive (the program runs from source), its SHA-256, and the notes: the version's
// section of CHANGELOG.md. Refuses a tag that does not fit the version, and a version without notes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'release');
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const tag = process.argv[2] ?? `v${version}`;

function refuse(what, cure) {
  console.error(`release: ${what}\n  cure: ${cure}`);
  process.exit(1);
}

/** The lines of a Keep-a-Changelog file that belong to one version. */
function notesOf(changelog, wanted) {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.startsWith(`[${wanted}]`));
  const [, ...lines] = (section ?? '').split('\n');
  return lines
    .filter((line) => !/^\[[^\]]+\]: /.test(line))
    .join('\n')
    .trim();
}

if (tag !== `v${version}`) {
  refuse(`the tag ${tag} does not fit version ${version} of package.json`, `set the version, or tag v${version}`);
}
const notes = notesOf(fs.readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8'), version);
if (notes === '') refuse(`CHANGELOG.md says nothing about ${version}`, `write its section "## [${version}] - date"`);

fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder);
const archive = `heliosiq-${version}.tar.gz`;
execFileSync(
  'git',
  ['archive', '--format=tar.gz', `--prefix=heliosiq-${version}/`, '-o', path.join(folder, archive), 'HEAD'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
const checksum = createHash('sha256')
  .update(fs.readFileSync(path.join(folder, archive)))
  .digest('hex');
fs.writeFileSync(path.join(folder, 'SHA256SUMS'), `${checksum}  ${archive}\n`);
fs.writeFileSync(path.join(folder, 'NOTES.md'), `${notes}\n`);
console.log(`release: ${archive} (${checksum.slice(0, 12)}…), SHA256SUMS and NOTES.md are in release/`);
