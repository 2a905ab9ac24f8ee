import type { RetentionRun, RetentionState } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { lakeCommand } from './lake.ts';
import { bold, dim, say, sayJson, table } from './terminal.ts';

interface RetentionFlags extends ClientFlags {
  readonly dryRun?: boolean;
  readonly run?: boolean;
  readonly limit: string;
}

/** `heliosiq lake retention [--dry-run|--run]`. */
export function addLakeRetentionCommand(program: Command): void {
  withClientOptions(
    lakeCommand(program)
      .command('retention')
      .description('what is kept for how long, and what was forgotten; --run does it now (admin)'),
  )
    .option('--dry-run', 'say what would be forgotten now')
    .option('--run', 'forget it now, instead of waiting for the schedule')
    .option('--limit <n>', 'lines of the journal', '20')
    .addHelpText('after', '\nExits 2 when something that should have gone could not.')
    .action(async (flags: RetentionFlags) => {
      if (flags.dryRun === true && flags.run === true) {
        throw new HeliosError('invalid-request', '--dry-run and --run say the opposite', { cure: 'give one of them' });
      }
      const client = clientOf(flags);
      if (flags.dryRun !== true && flags.run !== true) {
        const state = await client.call('readRetention', { query: { limit: flags.limit } });
        return flags.json === true ? sayJson(state) : say(stateWords(state));
      }
      const done = await client.call(flags.run === true ? 'runRetention' : 'previewRetention');
      if (done.outcomes.some(({ fault }) => fault !== undefined)) process.exitCode = 2;
      return flags.json === true ? sayJson(done) : say(runWords(done, flags.run === true));
    });
}

function stateWords({ rules, journal }: RetentionState): string {
  const kept = table([
    ['KIND', 'KEPT FOR'],
    ...rules.map(({ kind, days }) => [kind, days === 0 ? 'ever' : `${days} days`]),
  ]);
  if (journal.length === 0) return `${kept}\n\n${dim('Nothing was forgotten yet.')}`;
  const gone = table([
    ['WHEN', 'WHO', 'KIND', 'BEFORE', 'ITEMS', 'BYTES', ''],
    ...journal.map(({ at, actor, kind, before, items, bytes, fault }) => [
      moment(at),
      actor,
      kind,
      moment(before),
      count(items),
      count(bytes),
      fault ?? '',
    ]),
  ]);
  return `${kept}\n\n${bold('Forgotten')}\n${gone}`;
}

function runWords({ outcomes }: RetentionRun, isRun: boolean): string {
  if (outcomes.length === 0) return 'Everything is kept for ever.';
  const rows = outcomes.map(({ kind, before, items, bytes, held, fault }) => [
    kind,
    moment(before),
    count(items),
    count(bytes),
    fault ?? held ?? '',
  ]);
  return `${bold(isRun ? 'Forgotten' : 'Would be forgotten')}\n${table([['KIND', 'BEFORE', 'ITEMS', 'BYTES', ''], ...rows])}`;
}

function moment(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

function count(value: number): string {
  return value.toLocaleString('en');
}
