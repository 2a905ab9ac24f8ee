import { HeliosError } from '@heliosiq/model';
import { Option } from 'commander';
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import type { ConfigOutcome, LoadedConfig } from '../config.ts';
import { flagOf, settings, variableOf } from '../config/settings.ts';
import type { Setting, SettingName } from '../config/settings.ts';
import { complain, red } from './terminal.ts';

/** Adds a flag for every setting, and `--config`. */
export function withSettingOptions(command: Command): Command {
  for (const setting of Object.values<Setting>(settings)) {
    command.addOption(
      new Option(`${flagOf(setting)} <${setting.placeholder}>`, `${setting.help} (${variableOf(setting)})`),
    );
  }
  return command.option('--config <file>', 'configuration file (HELIOS_CONFIG; default heliosiq.yaml if it exists)');
}

/** The configuration that flags, environment and file give together. */
export function configOf(
  flags: Readonly<Record<string, unknown>>,
  overrides: Partial<Record<SettingName, unknown>> = {},
): ConfigOutcome {
  const given: Partial<Record<SettingName, unknown>> = { ...overrides };
  for (const [name, setting] of Object.entries<Setting>(settings)) {
    const value = flags[attributeOf(setting)];
    if (value !== undefined) given[name as SettingName] = value; // the table's own keys
  }
  const file = flags['config'];
  return loadConfig({ flags: given, ...(typeof file === 'string' ? { file } : {}) });
}

/** The configuration, or an exit with every problem told. */
export function configOrExit(outcome: ConfigOutcome): LoadedConfig {
  if (outcome.ok) return outcome;
  complain(`${red('error')} the configuration has ${outcome.problems.length} problem(s):`);
  for (const { where, problem, cure } of outcome.problems) complain(`  ${where}: ${problem}\n    cure: ${cure}`);
  throw new HeliosError('config-invalid', 'nothing was started', {
    cure: 'mend the configuration; `heliosiq config verify` checks it',
  });
}

/** Commander's name of a flag: `--log-level` is `logLevel`. */
function attributeOf(setting: Setting): string {
  return flagOf(setting)
    .slice(2)
    .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
