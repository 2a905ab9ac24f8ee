import { readFile } from 'node:fs/promises';
import type { Diagnosis } from '@heliosiq/diagnose/diagnosis.ts';
import { casefileOfFiles, momentMs } from '@heliosiq/diagnose/file-casefile.ts';
import { rankCauses } from '@heliosiq/diagnose/rank-causes.ts';
import { summaryText } from '@heliosiq/diagnose/summary.ts';
import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { bold, cyan, dim, say, sayJson, wrap, yellow } from './terminal.ts';

interface DiagnoseFlags {
  readonly metrics: string;
  readonly topology?: string;
  readonly at: string;
  readonly target?: string;
  readonly json?: boolean;
}

const HYPOTHESES_TOLD = 3;
const EVIDENCE_TOLD = 4;
const RULED_OUT_TOLD = 5;

/** `heliosiq diagnose --metrics FILE --at TIME [--topology FILE] [--target ASSET[/METRIC]]`: causes from files alone. */
export function addDiagnoseCommand(program: Command): void {
  program
    .command('diagnose')
    .description('rank the causes of a trouble from files alone, without a server')
    .requiredOption('--metrics <file>', 'CSV: time,asset,metric,value or time,asset/metric,...')
    .requiredOption('--at <time>', 'when it was noticed: ISO 8601 or Unix seconds')
    .option('--topology <file>', 'JSON {"edges":[{"from","to","kind"}]} or CSV from,to,kind')
    .option('--target <asset[/metric]>', 'where it was felt')
    .option('--json', 'print JSON')
    .action(async ({ metrics, topology, at, target, json }: DiagnoseFlags) => {
      const atMs = momentMs(at);
      if (!Number.isFinite(atMs))
        throw new HeliosError('invalid-request', `"${at}" is no time`, {
          cure: 'give ISO 8601 or Unix seconds with --at',
        });
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
    });
}

async function readInput(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new HeliosError('not-found', `${file}: cannot be read`, { cause: error, cure: 'give a file that exists' });
  }
}

function readable(diagnosis: Diagnosis): string {
  const lines = [bold(diagnosis.verdict), wrap(summaryText(diagnosis), 96, '  '), ''];
  for (const [index, one] of diagnosis.hypotheses.slice(0, HYPOTHESES_TOLD).entries()) {
    lines.push(`  ${index + 1}. ${cyan(one.asset)} ${dim(one.faultKind)} ${Math.round(one.confidence * 100)} %`);
    for (const { forOrAgainst, text } of one.evidence.slice(0, EVIDENCE_TOLD))
      lines.push(wrap(`${forOrAgainst === 'for' ? '+' : '-'} ${text}`, 92, '       '));
  }
  for (const { asset, why } of diagnosis.ruledOut.slice(0, RULED_OUT_TOLD)) lines.push(dim(`  not ${asset}: ${why}`));
  for (const missing of diagnosis.missing) lines.push(yellow(`  missing: ${missing}`));
  return lines.join('\n');
}
