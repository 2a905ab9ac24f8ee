import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { followProof, tellProof } from './follow-proof.ts';
import { lakeCommand } from './lake.ts';
import { momentOption } from './moment-option.ts';

interface VerifyFlags extends ClientFlags {
  readonly tenant?: string;
  readonly since?: string;
  readonly until?: string;
}

/** `heliosiq lake verify`. */
export function addLakeVerifyCommand(program: Command): void {
  withClientOptions(
    lakeCommand(program)
      .command('verify')
      .description('prove that bronze is whole, and that silver is what bronze gives (admin)'),
  )
    .option('--tenant <id>', 'the tenant; must be that of the key')
    .option(
      '--since <time>',
      'compare samples from here on: ISO 8601 with a zone, or a duration back such as 24h; all without it',
    )
    .option('--until <time>', 'up to here')
    .addHelpText('after', '\nExits 0 when all is proven, 2 when something is wrong, 1 when it could not be finished.')
    .action(async (flags: VerifyFlags) => {
      const client = clientOf(flags);
      const { tenant, since, until } = flags;
      const started = await client.call('startVerify', {
        body: {
          ...(tenant === undefined ? {} : { tenant }),
          ...(since === undefined ? {} : { since: momentOption(since, '--since') }),
          ...(until === undefined ? {} : { until: momentOption(until, '--until') }),
        },
      });
      tellProof(await followProof(client, started), flags.json === true);
    });
}
