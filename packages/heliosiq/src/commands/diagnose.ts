import { readFile } from 'node:fs/promises';
import type { Diagnosis } from '@heliosiq/diagnose/diagnosis.ts';
import { casefileOfFiles, momentMs } from '@heliosiq/diagnose/file-casefile.ts';
import { rankCauses } from '@heliosiq/diagnose/rank-causes.ts';
import { summaryText } from '@heliosiq/diagnose/summary.ts';
import type { Client } from '@heliosiq/api';
import { AssetId, type Citation, FaultKind, HeliosError, IncidentId, type InvestigationStep } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { followInvestigation } from './follow-investigation.ts';
import { bold, complain, cyan, dim, green, red, say, sayJson, wrap, yellow } from './terminal.ts';

interface DiagnoseFlags extends ClientFlags {
  readonly metrics?: string;
  readonly topology?: string;
  readonly at?: string;
  readonly target?: string;
  readonly trueCause?: string;
  readonly fault?: string;
  readonly note?: string;
  readonly replay?: string | true;
  readonly reliability?: true;
}

const HYPOTHESES_TOLD = 3;
const EVIDENCE_TOLD = 4;
const RULED_OUT_TOLD = 5;
const INFERRED_TOLD = 5;
const RUNBOOK_LINES = 8;

/**
 * `heliosiq diagnose INCIDENT` has an incident investigated and follows it; `--replay` asks an earlier investigation again, `--true-cause` says what it was.
 * `heliosiq diagnose --metrics FILE --at TIME` ranks causes from files alone.
 */
export function addDiagnoseCommand(program: Command): void {
  withClientOptions(
    program
      .command('diagnose')
      .description('find the cause of an incident, or rank causes from files alone, without a server')
      .argument('[incident]', 'an incident of the running program'),
  )
    .option('--true-cause <asset>', 'say that this asset was the true cause; remembered for similar incidents')
    .option('--fault <kind>', `what kind of fault it was: ${FaultKind.options.join(', ')}`)
    .option('--note <text>', 'a word on the true cause')
    .option('--replay [investigation]', 'ask the newest investigation (or the named one) again and compare')
    .option('--reliability', 'tell how sure answers were and how often people said that they were right')
    .option('--metrics <file>', 'CSV: time,asset,metric,value or time,asset/metric,...')
    .option('--at <time>', 'with --metrics: when it was noticed, ISO 8601 or Unix seconds')
    .option('--topology <file>', 'with --metrics: JSON {"edges":[{"from","to","kind"}]} or CSV from,to,kind')
    .option('--target <asset[/metric]>', 'with --metrics: where it was felt')
    .action(async (incident: string | undefined, flags: DiagnoseFlags) => {
      if (flags.reliability === true) return tellReliability(flags);
      if (incident === undefined) return diagnoseFiles(flags);
      const id = IncidentId.parse(incident);
      const client = clientOf(flags);
      if (flags.trueCause !== undefined) return markCause(client, id, flags);
      if (flags.replay !== undefined) return replay(client, id, flags);
      return investigate(client, id, flags);
    });
}

async function diagnoseFiles({ metrics, topology, at, target, json }: DiagnoseFlags): Promise<void> {
  if (metrics === undefined || at === undefined)
    throw new HeliosError('invalid-request', 'there is nothing to diagnose', {
      cure: 'name an incident, or give --metrics FILE and --at TIME',
    });
  const atMs = momentMs(at);
  if (!Number.isFinite(atMs))
    throw new HeliosError('invalid-request', `"${at}" is no time`, { cure: 'give ISO 8601 or Unix seconds with --at' });
  const [asset = '', metric] = target?.split('/') ?? [];
  const diagnosis = rankCauses(
    casefileOfFiles({
      metrics: await readInput(metrics),
      atMs,
      ...(topology === undefined ? {} : { topology: await readInput(topology) }),
      ...(asset === '' ? {} : { target: { asset, ...(metric === undefined ? {} : { metric }) } }),
    }),
  );
  if (json === true) return sayJson(diagnosis);
  say(readable(diagnosis));
}

async function investigate(client: Client, id: IncidentId, { json }: DiagnoseFlags): Promise<void> {
  const { investigation, isNew } = await followInvestigation(client, id, (event) => {
    if (event.kind === 'step' && json !== true) complain(stepLine(event.step));
  });
  const { diagnosis } = await client.call('getIncident', { params: { id } });
  if (json === true) return sayJson({ investigation, isNew, diagnosis });
  if (diagnosis === undefined) return;
  const told = diagnosis.hypotheses.map((one) => ({
    ...{ asset: one.asset, kind: one.fault, confidence: one.confidence },
    evidence: one.evidence.map(({ direction, text }) => ({ forOrAgainst: direction, text })),
    runbooks: one.runbooks,
  }));
  say(tellAnswer({ ...diagnosis, hypotheses: told }));
  say(dim(`  input ${investigation.inputHash?.slice(0, 16)} answer ${investigation.answerHash?.slice(0, 16)}`));
}

function stepLine({ name, outcome, text, durationMs }: InvestigationStep): string {
  const mark = outcome === 'done' ? dim('done') : outcome === 'partial' ? yellow('partial') : red('failed');
  return `  ${name.padEnd(10)} ${mark} ${text} ${dim(`${durationMs} ms`)}`;
}

async function markCause(client: Client, id: IncidentId, flags: DiagnoseFlags): Promise<void> {
  const { trueCause, fault, note, json } = flags;
  const cause = await client.call('markCause', {
    params: { id },
    body: {
      asset: AssetId.parse(trueCause),
      ...(fault === undefined ? {} : { fault: FaultKind.parse(fault) }),
      ...(note === undefined ? {} : { note }),
    },
  });
  if (json === true) return sayJson(cause);
  say(`Remembered: ${cause.asset} (${cause.fault}) was the true cause of ${cause.title}.`);
}

async function replay(client: Client, id: IncidentId, { replay: wanted, json }: DiagnoseFlags): Promise<void> {
  const { investigations } = await client.call('listInvestigations', { params: { id }, query: { limit: '100' } });
  const chosen = investigations.find((one) => (typeof wanted === 'string' ? one.id === wanted : one.status === 'done'));
  if (chosen === undefined) throw new HeliosError('not-found', 'There is no such investigation that came to an answer');
  const answer = await client.call('replayInvestigation', { params: { id, investigationId: chosen.id } });
  if (!answer.isSameAnswer) process.exitCode = 2;
  if (json === true) return sayJson(answer);
  const same = (isSame: boolean): string => (isSame ? green('the same') : yellow('another'));
  say(`${new Date(chosen.startedAt).toISOString()} ${chosen.id}`);
  say(`  input  ${same(answer.isSameInput)} ${dim(answer.inputHash)}`);
  say(`  answer ${same(answer.isSameAnswer)} ${dim(answer.answerHash)}`);
}

async function tellReliability(flags: DiagnoseFlags): Promise<void> {
  const { reliability } = await clientOf(flags).call('getReliability');
  if (flags.json === true) return sayJson(reliability);
  const { answers, enough, bins } = reliability;
  say(`People told the cause of ${answers} incidents that had an answer.`);
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  for (const { from, to, answers: count, right, loweredTo } of bins.filter((bin) => bin.answers > 0))
    say(
      `  ${`${percent(from)} to ${percent(to)}`.padEnd(14)} ${right} of ${count} right${loweredTo === undefined ? '' : yellow(`, told with ${percent(loweredTo)} at most`)}`,
    );
  if (answers < enough) say(dim(`  From ${enough} on, confidences that were too high are lowered.`));
}

async function readInput(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new HeliosError('not-found', `${file}: cannot be read`, { cause: error, cure: 'give a file that exists' });
  }
}

function readable(diagnosis: Diagnosis): string {
  const told = diagnosis.hypotheses.map((one) => ({ ...one, kind: one.faultKind }));
  return tellAnswer({ ...diagnosis, summary: summaryText(diagnosis), hypotheses: told });
}

/** An answer as it is told, whether it was made here or by a server. */
interface ToldAnswer {
  readonly verdict: string;
  readonly summary: string;
  readonly hypotheses: readonly {
    readonly asset: string;
    readonly kind: string;
    readonly confidence: number;
    readonly evidence: readonly { readonly forOrAgainst: 'for' | 'against'; readonly text: string }[];
    readonly runbooks?: readonly Citation[] | undefined;
  }[];
  readonly independentCauses?: readonly { readonly asset: string; readonly why: string }[] | undefined;
  readonly inferredEdges?: readonly { readonly text: string }[] | undefined;
  readonly ruledOut: readonly { readonly asset: string; readonly why: string }[];
  readonly nextChecks?: readonly string[] | undefined;
  readonly missing: readonly string[];
}

/** What a runbook says, as much as fits on a screen, with where it stands. */
function runbookLines({ title, quote, url, document }: Citation): string[] {
  const shown = quote.split('\n').filter((line) => line.trim() !== '');
  return [
    `       ${bold('runbook')} ${title}`,
    ...shown.slice(0, RUNBOOK_LINES).map((line) => wrap(line, 90, '         ')),
    dim(`         ${document?.source ?? ''} ${document?.sha256.slice(0, 12) ?? ''} ${url}`),
  ];
}

function tellAnswer(answer: ToldAnswer): string {
  const { verdict, summary, hypotheses, ruledOut, nextChecks = [], missing } = answer;
  const { independentCauses = [], inferredEdges = [] } = answer;
  const lines = [bold(verdict), wrap(summary, 96, '  '), ''];
  for (const [index, one] of hypotheses.slice(0, HYPOTHESES_TOLD).entries()) {
    lines.push(`  ${index + 1}. ${cyan(one.asset)} ${dim(one.kind)} ${Math.round(one.confidence * 100)} %`);
    for (const { forOrAgainst, text } of one.evidence.slice(0, EVIDENCE_TOLD))
      lines.push(wrap(`${forOrAgainst === 'for' ? '+' : '-'} ${text}`, 92, '       '));
    lines.push(...(one.runbooks ?? []).flatMap(runbookLines));
  }
  for (const { asset, why } of independentCauses) lines.push(wrap(`as well, by itself: ${asset}. ${why}`, 92, '  '));
  for (const { text } of inferredEdges.slice(0, INFERRED_TOLD)) lines.push(dim(wrap(text, 92, '  ')));
  for (const { asset, why } of ruledOut.slice(0, RULED_OUT_TOLD)) lines.push(dim(`  not ${asset}: ${why}`));
  for (const check of nextChecks) lines.push(wrap(`next: ${check}`, 92, '  '));
  for (const sentence of missing) lines.push(yellow(`  missing: ${sentence}`));
  return lines.join('\n');
}
