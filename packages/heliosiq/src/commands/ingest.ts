import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Client } from '@heliosiq/api';
import { parseCsvMapping } from '@heliosiq/ingest/csv-mapping.ts';
import { readCsvSignals } from '@heliosiq/ingest/csv-signals.ts';
import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { complain, dim, green, say, sayJson, yellow } from './terminal.ts';

const samplesPerRequest = 5000;
const problemsShown = 10;

interface IngestFlags extends ClientFlags {
  readonly map: string;
}

interface Problem {
  readonly line: number;
  readonly reason: string;
}

interface Tally {
  accepted: number;
  rejected: number;
  readonly problems: Problem[];
}

/** `heliosiq ingest FILE --map …`. */
export function addIngestCommand(program: Command): void {
  withClientOptions(program.command('ingest').description('send the rows of a CSV file as samples').argument('<file>'))
    .requiredOption('--map <map>', 'which column is what: key=column or key:=constant, comma-separated')
    .addHelpText(
      'after',
      [
        '',
        'Keys of the map: time, time.unit (auto, s, ms, us, ns), time.zone, asset, metric, value, unit, label.NAME.',
        'value=a|b takes several columns, value=* every column that nothing else names; their names are then the metrics.',
        '',
        'Examples:',
        '  heliosiq ingest cpu.csv --map time=timestamp,asset=host,metric:=cpu_usage,value=usage,unit:=1',
        "  heliosiq ingest plant.csv --map 'time=ts,time.zone:=UTC,asset:=pump-7,value=*'",
      ].join('\n'),
    )
    .action(async (file: string, flags: IngestFlags) => {
      const tally = await sendFile(clientOf(flags), file, flags);
      if (flags.json === true) sayJson(tally);
      else report(tally);
      if (tally.rejected > 0) process.exitCode = 2;
    });
}

async function sendFile(client: Client, file: string, flags: IngestFlags): Promise<Tally> {
  const mapping = parseCsvMapping(flags.map);
  const { size } = await stat(file).catch((cause: unknown) => {
    throw new HeliosError('not-found', `${file} cannot be read`, { cause, cure: 'check the path' });
  });
  const stream = createReadStream(file);
  const tally: Tally = { accepted: 0, rejected: 0, problems: [] };
  const lines: number[] = [];
  const batch: object[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const receipt = await sendPatiently(client, JSON.stringify(batch));
    tally.accepted += receipt.accepted;
    tally.rejected += receipt.rejectedTotal;
    for (const { index, reason } of receipt.rejected) note(tally, lines[index] ?? 0, reason);
    batch.length = 0;
    lines.length = 0;
    if (flags.json !== true && process.stderr.isTTY) {
      const share = size === 0 ? 100 : Math.round((100 * stream.bytesRead) / size);
      process.stderr.write(`\r${dim(`${share} % read, ${tally.accepted.toLocaleString('en')} samples stored`)}`);
    }
  };
  for await (const { line, outcome } of readCsvSignals(stream, mapping)) {
    if (!outcome.ok) {
      tally.rejected += 1;
      note(tally, line, outcome.reason);
      continue;
    }
    batch.push(outcome.value);
    lines.push(line);
    if (batch.length >= samplesPerRequest) await flush();
  }
  await flush();
  if (flags.json !== true && process.stderr.isTTY) process.stderr.write('\n');
  return tally;
}

function note(tally: Tally, line: number, reason: string): void {
  if (tally.problems.length < problemsShown) tally.problems.push({ line, reason });
}

/** Sends one batch; waits as long as the server asks while it is overloaded. A repeated batch changes nothing. */
async function sendPatiently(client: Client, body: string) {
  for (;;) {
    try {
      return await client.call('sendSignals', { body }, { headers: { 'content-type': 'application/json' } });
    } catch (error) {
      if (!(error instanceof HeliosError) || error.code !== 'rate-limited') throw error;
      await setTimeout((error.retryAfterS ?? 1) * 1000);
    }
  }
}

function report({ accepted, rejected, problems }: Tally): void {
  say(`${green('stored')} ${accepted.toLocaleString('en')} samples`);
  if (rejected === 0) return;
  complain(`${yellow('rejected')} ${rejected.toLocaleString('en')}`);
  for (const { line, reason } of problems) complain(`  line ${line}: ${reason}`);
  if (rejected > problems.length) complain(`  and ${rejected - problems.length} more`);
}
