import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { followProof, stageOption, tellProof } from './follow-proof.ts';
import { lakeCommand } from './lake.ts';
import { momentOption } from './moment-option.ts';

interface ReplayFlags extends ClientFlags {
  readonly from: string;
  readonly since: string;
  readonly until?: string;
  readonly tenant?: string;
  readonly stage: string;
  readonly apply?: boolean;
}

/** `heliosiq replay`, and the same under `heliosiq lake`. */
export function addReplayCommand(program: Command): void {
  for (const parent of [program, lakeCommand(program)]) addTo(parent);
}

function addTo(parent: Command): void {
  withClientOptions(
    parent
      .command('replay')
      .description('rebuild samples, rollups and anomalies from bronze and compare them with what is stored (admin)'),
  )
    .option('--from <place>', 'where the records come from', 'bronze')
    .requiredOption('--since <time>', 'from here on: ISO 8601 with a zone, or a duration back such as 24h')
    .option('--until <time>', 'up to here; now without it')
    .option('--tenant <id>', 'the tenant; must be that of the key')
    .option('--stage <stage>', 'silver, gold, detect or all', 'all')
    .option('--apply', 'put right what is missing or different')
    .addHelpText(
      'after',
      [
        '',
        'Live traffic goes on meanwhile and goes first.',
        'Exits 0 when all is equal, 2 when something differs (also when it was put right), 1 when it could not be finished.',
        '',
        'Example:',
        '  heliosiq replay --from bronze --since 24h --stage silver --apply',
      ].join('\n'),
    )
    .action(async (flags: ReplayFlags) => {
      if (flags.from !== 'bronze') {
        throw new HeliosError('invalid-request', `nothing can be replayed from "${flags.from}"`, {
          cure: 'take bronze',
        });
      }
      const client = clientOf(flags);
      const { tenant, since, until } = flags;
      const started = await client.call('startReplay', {
        body: {
          since: momentOption(since, '--since'),
          ...(until === undefined ? {} : { until: momentOption(until, '--until') }),
          stage: stageOption(flags.stage),
          apply: flags.apply === true,
          ...(tenant === undefined ? {} : { tenant }),
        },
      });
      tellProof(await followProof(client, started), flags.json === true);
    });
}
