import { openBackupFolder } from '@heliosiq/adapters/postgres/backup/backup-folder.ts';
import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { restore } from '../program/restore.ts';
import { backupProgress, withPlaceOptions } from './backup-options.ts';
import type { PlaceFlags } from './backup-options.ts';
import { configOf, configOrExit } from './setting-options.ts';
import { green, say, sayJson } from './terminal.ts';

interface RestoreFlags extends PlaceFlags {
  readonly from: string;
  readonly toTime?: string;
}

/** `heliosiq restore --from DIR [--to-time T]`. */
export function addRestoreCommand(program: Command): void {
  withPlaceOptions(
    program.command('restore').description('bring a backup back into an empty data folder; nothing is written over'),
  )
    .requiredOption('--from <dir>', 'folder of backups')
    .option('--to-time <time>', 'the state of this moment (ISO 8601 with a zone); without it that of the newest backup')
    .addHelpText(
      'after',
      [
        '',
        'With --to-time the newest backup of before it is taken. Where there is a later one as well, what was accepted between is',
        'added to the log out of that, and the next start makes of it what was made of it then.',
        '',
        'Example:',
        '  heliosiq restore --from backups --data restored --to-time 2026-01-31T12:00:00Z',
      ].join('\n'),
    )
    .action(async (flags: RestoreFlags & Record<string, unknown>) => {
      const { config } = configOrExit(configOf(flags));
      const done = await restore(config, openBackupFolder(flags.from), {
        toTime: timeOf(flags.toTime),
        onProgress: backupProgress(flags.json === true),
      });
      const { backup, takenAt, equalTables, rows, files, extension } = done;
      if (flags.json === true) return sayJson({ backup, takenAt, equalTables, rows, files, ...extension });
      say(`${green('restored')} ${backup}, the state of ${new Date(takenAt).toISOString()}`);
      say(`${equalTables} tables hash-equal to the backup, ${rows.toLocaleString('en')} rows, ${files} files`);
      if (extension !== undefined) {
        const until = extension.lastAt === undefined ? '' : `, up to ${new Date(extension.lastAt).toISOString()}`;
        say(`${extension.records.toLocaleString('en')} later records of the log wait for the next start${until}`);
      }
    });
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new HeliosError('invalid-request', `--to-time is no time: ${text}`, {
    cure: 'give ISO 8601 with a zone, such as 2026-01-31T12:00:00Z',
  });
}
