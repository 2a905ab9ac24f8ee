import type { BackupProgress } from '@heliosiq/adapters/postgres/backup/backup-progress.ts';
import { Option } from 'commander';
import type { Command } from 'commander';
import { blobSettings } from '../config/blob-settings.ts';
import { flagOf, settings, variableOf } from '../config/settings.ts';
import type { Setting } from '../config/settings.ts';
import { complain, dim } from './terminal.ts';

/** Flags of commands that work on the data itself. */
export interface PlaceFlags {
  readonly json?: boolean;
}

const progressEveryMs = 1000;

/** Adds the settings that say where the data is, `--config` and `--json`. */
export function withPlaceOptions(command: Command): Command {
  const databases = [settings.data, settings.databaseUrl, settings.databasePort];
  const places: readonly Setting[] = [...databases, settings.blobDir, ...Object.values(blobSettings)];
  for (const setting of places) {
    command.addOption(
      new Option(`${flagOf(setting)} <${setting.placeholder}>`, `${setting.help} (${variableOf(setting)})`),
    );
  }
  return command
    .option('--config <file>', 'configuration file (HELIOS_CONFIG; default heliosiq.yaml if it exists)')
    .option('--json', 'print JSON');
}

/** Tells on standard error, at most every second, what is worked on; JSON lines with `--json`. */
export function backupProgress(isJson: boolean): (progress: BackupProgress) => void {
  let toldAt = performance.now();
  return (progress) => {
    const now = performance.now();
    if (now - toldAt < progressEveryMs) return;
    toldAt = now;
    const { step, what, done, total } = progress;
    complain(
      isJson ? JSON.stringify({ event: 'progress', ...progress }) : dim(`${step} ${done + 1} of ${total}: ${what}`),
    );
  };
}
