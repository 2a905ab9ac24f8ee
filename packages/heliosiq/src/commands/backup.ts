import { openBackupFolder } from '@heliosiq/adapters/postgres/backup/backup-folder.ts';
import type { BackupFolder } from '@heliosiq/adapters/postgres/backup/backup-folder.ts';
import { contentsOf } from '@heliosiq/adapters/postgres/backup/backup-manifest.ts';
import { checkContents, takeBackup } from '@heliosiq/adapters/postgres/backup/take-backup.ts';
import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { openBackupSource } from '../program/backup-source.ts';
import { backupProgress, withPlaceOptions } from './backup-options.ts';
import type { PlaceFlags } from './backup-options.ts';
import { configOf, configOrExit } from './setting-options.ts';
import { green, say, sayJson, table } from './terminal.ts';

interface BackupFlags extends PlaceFlags {
  readonly to?: string;
  readonly keep?: string;
  readonly list?: boolean;
  readonly verify?: boolean;
}

/** `heliosiq backup --to DIR [--keep N] [--list] [--verify]`. */
export function addBackupCommand(program: Command): void {
  withPlaceOptions(
    program.command('backup').description('a consistent copy of everything, while the program runs; all tenants'),
  )
    .requiredOption('--to <dir>', 'folder of backups, best on another disk; what it has already is not stored again')
    .option('--keep <n>', 'afterwards keep the newest n backups and drop older ones')
    .option('--list', 'only list the backups of the folder')
    .option('--verify', 'only read every backup of the folder and compare all checksums')
    .addHelpText(
      'after',
      '\nRuns as the user of the program, on its machine. Exits 1 when there is no backup.\n\nExample:\n  heliosiq backup --to backups --keep 14',
    )
    .action(async (flags: BackupFlags & Record<string, unknown>) => {
      const folder = openBackupFolder(flags.to ?? '');
      if (flags.list === true) return listBackups(folder, flags);
      if (flags.verify === true) return verifyBackups(folder, flags);
      const keep = keepOf(flags.keep);
      const { config } = configOrExit(configOf(flags));
      await using stack = new AsyncDisposableStack();
      const source = await openBackupSource(config, stack);
      const { name, manifest, newBytes } = await takeBackup(source, folder, {
        onProgress: backupProgress(flags.json === true),
      });
      const dropped = keep === undefined ? [] : await folder.keepNewest(keep);
      const { takenAt, tables, files } = manifest;
      const rows = tables.reduce((sum, each) => sum + each.rows, 0);
      const bytes = [...tables, ...files].reduce((sum, each) => sum + each.bytes, 0);
      if (flags.json === true) {
        return sayJson({
          backup: name,
          takenAt,
          tables: tables.length,
          rows,
          files: files.length,
          bytes,
          newBytes,
          dropped,
        });
      }
      say(
        `${green('backup')} ${name}: ${tables.length} tables, ${rows.toLocaleString('en')} rows, ${files.length} files`,
      );
      say(
        `${bytes.toLocaleString('en')} bytes before compression, ${newBytes.toLocaleString('en')} of them new, read back and compared`,
      );
      if (dropped.length > 0) say(`dropped ${dropped.join(', ')}`);
    });
}

function keepOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new HeliosError('invalid-request', `--keep is ${text}`, { cure: 'give a whole number from 1' });
}

async function listBackups(folder: BackupFolder, { json }: PlaceFlags): Promise<void> {
  const backups = (await folder.list()).map(({ name, manifest: { takenAt, program, tables, files } }) => {
    const bytes = [...tables, ...files].reduce((sum, each) => sum + each.bytes, 0);
    return {
      name,
      takenAt,
      program,
      rows: tables.reduce((sum, each) => sum + each.rows, 0),
      files: files.length,
      bytes,
    };
  });
  if (json === true) return sayJson({ backups });
  if (backups.length === 0) return say('None.');
  say(
    table([
      ['BACKUP', 'TAKEN', 'VERSION', 'ROWS', 'FILES', 'BYTES'],
      ...backups.map(({ name, takenAt, program, rows, files, bytes }) => [
        ...[name, new Date(takenAt).toISOString(), program],
        ...[rows, files, bytes].map((count) => count.toLocaleString('en')),
      ]),
    ]),
  );
}

async function verifyBackups(folder: BackupFolder, { json }: PlaceFlags): Promise<void> {
  const backups = await folder.list();
  if (backups.length === 0) throw new HeliosError('not-found', 'There is no backup', { cure: 'Check --to.' });
  const contents = new Map(backups.flatMap(({ manifest }) => contentsOf(manifest).map((each) => [each.sha256, each])));
  await checkContents(folder, [...contents.values()], { onProgress: backupProgress(json === true) });
  const verified = backups.map(({ name }) => name);
  if (json === true) return sayJson({ verified });
  say(`${green('whole')} ${verified.join(', ')}`);
}
