import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { PipelineRules } from '@heliosiq/ingest/pipeline/pipeline-rules.ts';
import { tryPipeline } from '@heliosiq/ingest/pipeline/pipeline-trial.ts';
import type { TrialResult } from '@heliosiq/ingest/pipeline/pipeline-trial.ts';
import { HeliosError, TenantId } from '@heliosiq/model';
import type { Signal } from '@heliosiq/model';
import { fieldPathOf } from '@heliosiq/model/field-path.ts';
import type { Command } from 'commander';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { complain, cyan, dim, green, red, say, sayJson, yellow } from './terminal.ts';

const defaultFile = 'heliosiq.yaml';

interface TestFlags {
  readonly sample?: string;
  readonly config?: string;
  readonly tenant: string;
  readonly json?: boolean;
}

interface Problem {
  readonly where: string;
  readonly problem: string;
}

/** The rules of a configuration file, and whether secrets are hidden. */
interface RulesOfFile {
  readonly rules: PipelineRules;
  readonly redactsSecrets: boolean;
}

/** `heliosiq pipeline test`. */
export function addPipelineCommands(program: Command): void {
  program
    .command('pipeline')
    .description('the rules for what comes in')
    .command('test')
    .description('show what the rules of a configuration file do to signals; nothing is stored and no server is needed')
    .option(
      '--sample <file>',
      'signals as JSON or one a line, as POST /api/v1/signals takes them; standard input when absent',
    )
    .option('--config <file>', 'the configuration file with the rules; default heliosiq.yaml if it exists')
    .option('--tenant <id>', 'the tenant who sends them', 'default')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      [
        '',
        'Exits 1 when a rule is not valid, 2 when a record is no signal.',
        '',
        'Example:',
        `  echo '{"kind":"log","asset":"web","body":"login password=hunter2"}' | heliosiq pipeline test`,
      ].join('\n'),
    )
    .action(async (flags: TestFlags) => {
      const rules = rulesOf(flags.config);
      if (Array.isArray(rules)) return tellProblems(rules, flags.json === true);
      const body = await sampleOf(flags.sample);
      const tenantId = tenantOf(flags.tenant);
      const results = [...tryPipeline(body, { ...rules, tenantId, now: Date.now() })];
      if (flags.json === true) sayJson({ results, summary: summaryOf(results, rules.rules) });
      else report(results, rules);
      if (results.some(({ outcome }) => outcome === 'rejected')) process.exitCode = 2;
    });
}

function rulesOf(named: string | undefined): RulesOfFile | Problem[] {
  const file = named ?? defaultFile;
  if (named === undefined && !existsSync(file)) return { rules: [], redactsSecrets: true };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HeliosError('not-found', `${file} cannot be read`, { cause, cure: 'name the file with --config' });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    return document.errors.map(({ message, pos }) => ({
      where: `${file}:${lines.linePos(pos[0]).line}`,
      problem: message.split('\n')[0] ?? '',
    }));
  }
  const content: unknown = document.toJS();
  const settings =
    typeof content === 'object' && content !== null ? new Map<string, unknown>(Object.entries(content)) : new Map();
  const parsed = PipelineRules.safeParse(settings.get('pipeline') ?? []);
  if (parsed.success) return { rules: parsed.data, redactsSecrets: settings.get('pipeline-secrets') !== false };
  return parsed.error.issues.map(({ path, message }) => {
    const place = ['pipeline', ...path];
    return { where: `${file}:${lineOf(document, lines, place)}`, problem: `${fieldPathOf(place)}: ${message}` };
  });
}

/** The line of the nearest part of a path that the file has. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function tellProblems(problems: readonly Problem[], isJson: boolean): void {
  process.exitCode = 1;
  if (isJson) return sayJson({ problems });
  complain(`${red('error')} the rules have ${problems.length} problem(s):`);
  for (const { where, problem } of problems) complain(`  ${where}: ${problem}`);
}

async function sampleOf(file: string | undefined): Promise<Buffer> {
  if (file === undefined || file === '-') return buffer(process.stdin);
  return readFile(file).catch((cause: unknown) => {
    throw new HeliosError('not-found', `${file} cannot be read`, { cause, cure: 'check --sample' });
  });
}

function tenantOf(word: string): TenantId {
  const parsed = TenantId.safeParse(word);
  if (parsed.success) return parsed.data;
  throw new HeliosError('invalid-request', `"${word}" is no tenant`, { cure: parsed.error.issues[0]?.message ?? '' });
}

function summaryOf(results: readonly TrialResult[], rules: PipelineRules) {
  const count = (outcome: TrialResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const uses = new Map(rules.map(({ name }) => [name, 0]));
  for (const rule of results.flatMap((result) => result.rules)) uses.set(rule, (uses.get(rule) ?? 0) + 1);
  return {
    signals: results.length,
    unchanged: count('unchanged'),
    changed: count('changed'),
    dropped: count('dropped'),
    rejected: count('rejected'),
    rules: Object.fromEntries(uses),
  };
}

function report(results: readonly TrialResult[], { rules }: RulesOfFile): void {
  for (const result of results) reportOne(result);
  const { signals, unchanged, changed, dropped, rejected, rules: uses } = summaryOf(results, rules);
  say();
  say(`${signals} signals: ${unchanged} unchanged, ${changed} changed, ${dropped} dropped, ${rejected} rejected`);
  for (const [rule, count] of Object.entries(uses)) say(`  ${rule}: ${count === 0 ? yellow('not used') : count}`);
}

function reportOne({ number, outcome, before, after, rules, reason }: TrialResult): void {
  const by = rules.length === 0 ? '' : dim(` by ${rules.join(', ')}`);
  const head = `${dim(String(number))} ${before === undefined ? '' : `${titleOf(before)} `}`;
  if (outcome === 'rejected') return say(`${head}${red('rejected')} ${reason ?? ''}`);
  if (outcome === 'dropped') return say(`${head}${yellow('dropped')}${by}`);
  if (outcome === 'unchanged') return say(`${head}${dim('unchanged')}`);
  say(`${head}${cyan('changed')}${by}`);
  for (const made of after) {
    if (after.length > 1) say(`  ${titleOf(made)}`);
    for (const { field, from, to } of differencesOf(before, made)) {
      if (from !== undefined) say(`  ${red('-')} ${field}: ${from}`);
      if (to !== undefined) say(`  ${green('+')} ${field}: ${to}`);
    }
  }
}

function titleOf(signal: Signal): string {
  return `${signal.kind} ${signal.asset}${signal.kind === 'sample' ? ` ${signal.metric}` : ''}`;
}

function differencesOf(before: Signal | undefined, after: Signal) {
  const old: Readonly<Record<string, unknown>> = { ...before };
  const made: Readonly<Record<string, unknown>> = { ...after };
  return [...new Set([...Object.keys(old), ...Object.keys(made)])]
    .map((field) => ({ field, from: JSON.stringify(old[field]), to: JSON.stringify(made[field]) }))
    .filter(({ from, to }) => from !== to);
}
