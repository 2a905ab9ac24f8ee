import type { Command } from 'commander';
import { printableConfig } from '../config.ts';
import { configOf, withSettingOptions } from './setting-options.ts';
import { complain, green, red, say, sayJson, table } from './terminal.ts';

/** `heliosiq config print|verify`. */
export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('the configuration: print it, verify it');

  withSettingOptions(
    config.command('print').description('every setting, its value and where it comes from; secrets masked'),
  )
    .option('--json', 'print JSON')
    .action((flags: Record<string, unknown>) => {
      const outcome = configOf(flags);
      if (!outcome.ok) return tellProblems(outcome.problems, flags['json'] === true);
      const rows = printableConfig(outcome);
      if (flags['json'] === true) return sayJson(rows);
      say(table([['SETTING', 'VALUE', 'FROM'], ...rows.map((row) => [row.key, row.value, row.origin])]));
    });

  withSettingOptions(config.command('verify').description('check everything at once'))
    .option('--json', 'print JSON')
    .action((flags: Record<string, unknown>) => {
      const outcome = configOf(flags);
      if (!outcome.ok) return tellProblems(outcome.problems, flags['json'] === true);
      if (flags['json'] === true) return sayJson({ ok: true, problems: [] });
      say(`${green('ok')} the configuration is valid`);
    });
}

function tellProblems(problems: readonly { where: string; problem: string; cure: string }[], json: boolean): void {
  process.exitCode = 1;
  if (json) return sayJson({ ok: false, problems });
  complain(`${red('error')} ${problems.length} problem(s):`);
  for (const { where, problem, cure } of problems) complain(`  ${where}: ${problem}\n    cure: ${cure}`);
}
