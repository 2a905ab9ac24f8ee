import { flagOf, settings, variableOf } from '@heliosiq/heliosiq/config/settings.ts';
import type { Setting } from '@heliosiq/heliosiq/config/settings.ts';

/** The page of every setting, from the program's own table. */
export function configPage(): string {
  const rows = Object.values<Setting>(settings).map((setting) => {
    const parsed = setting.schema.safeParse(undefined);
    const fallback = parsed.success && parsed.data !== undefined ? `\`${JSON.stringify(parsed.data)}\`` : '';
    const mark = setting.secret === true ? ' Never printed.' : '';
    return `| \`${setting.key}\` | \`${flagOf(setting)} ${setting.placeholder.replaceAll('|', '\\|')}\` | \`${variableOf(setting)}\` | ${fallback} | ${setting.help}${mark} |`;
  });
  return [
    '# Settings',
    '',
    'Every setting is a flag of `heliosiq start`, an environment variable and a key of `heliosiq.yaml`. A flag is stronger than a',
    'variable, a variable stronger than the file. `heliosiq config print` shows what is in force and where it comes from,',
    '`heliosiq config verify` lists everything that is wrong at once.',
    '',
    '| key | flag | variable | default | what it does |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
