// Looks for credentials in every file under version control, and with `--history` in every change ever made.
// Names file and kind, never the secret itself; exits 1 if anything was found.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const historyCharactersMax = 1024 * 1024 * 1024;
const fileBytesMax = 5 * 1024 * 1024;

/** Published shapes of credentials; each is specific enough that a match is worth a look. */
const kinds = [
  ['private key', /-----BEGIN (?:RSA |EC |OPENSSH |DSA |ENCRYPTED )?PRIVATE KEY-----\s*[A-Za-z0-9+/=]{40}/],
  ['AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,})\b/],
  ['GitLab token', /\bglpat-[\w-]{20}\b/],
  ['npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['Slack token', /\bxox[abposr]-[\w-]{20,}|hooks\.slack\.com\/services\/T\w{8,}\/B\w{8,}\/\w{20,}/],
  ['Google API key', /\bAIza[\w-]{35}\b/],
  ['OpenAI key', /\bsk-(?:proj-|svcacct-)?[\w-]{20}T3BlbkFJ[\w-]{20}/],
  ['Anthropic key', /\bsk-ant-[a-z]+\d*-[\w-]{40,}/],
  ['Stripe key', /\b[sr]k_live_[A-Za-z0-9]{20,}\b/],
  [
    'password in a URL',
    /\b[a-z]+:\/\/[^\s:/@'"`${}<]+:(?!helios@|password@|secret@)[^\s:/@'"`${}<]{8,}@(?!127\.0\.0\.1|localhost)[\w.-]+/,
  ],
];

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: historyCharactersMax });
}

function kindsIn(text) {
  return kinds.filter(([, expression]) => expression.test(text)).map(([kind]) => kind);
}

const found = git('ls-files', '-z')
  .split('\0')
  .filter((file) => file !== '' && fs.existsSync(path.join(root, file)))
  .filter((file) => fs.statSync(path.join(root, file)).size <= fileBytesMax)
  .flatMap((file) => kindsIn(fs.readFileSync(path.join(root, file), 'utf8')).map((kind) => `${file}: ${kind}`));

if (process.argv.includes('--history')) {
  for (const change of git('log', '--all', '-p', '--unified=0', '--no-color', '--format=%x00%H').split('\0')) {
    for (const kind of kindsIn(change)) found.push(`commit ${change.slice(0, 12)}: ${kind}`);
  }
}

for (const finding of found) console.error(`secret? ${finding}`);
console.log(found.length === 0 ? 'no secrets found' : `${found.length} findings: revoke each one, then remove it`);
process.exitCode = found.length === 0 ? 0 : 1;
