import { HeliosError, SilenceMatcher, silenceState } from '@heliosiq/model';
import type { Silence } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { say, sayJson, table } from './terminal.ts';

interface AddFlags extends ClientFlags {
  readonly reason: string;
  readonly hours: string;
  readonly from?: string;
  readonly until?: string;
  readonly maintenance?: boolean;
}

const hourMs = 3_600_000;

/** `heliosiq silences list|add|end`: what nobody is told of for a while. */
export function addSilenceCommands(program: Command): void {
  const silences = program.command('silences').description('hold back messages for a while: silences and maintenance');

  withClientOptions(silences.command('list').description('silences, the latest start first'))
    .option('--all', 'also those that are over')
    .action(async (flags: ClientFlags & { readonly all?: boolean }) => {
      const show = flags.all === true ? 'all' : 'current';
      const result = await clientOf(flags).call('listSilences', { query: { show } });
      if (flags.json === true) return sayJson(result);
      if (result.silences.length === 0) return say('No silences.');
      say(
        table([
          ['ID', 'KIND', 'STATE', 'UNTIL', 'WHAT', 'WHO', 'WHY'],
          ...result.silences.map((silence) => [
            silence.id,
            silence.kind,
            silenceState(silence, Date.now()),
            new Date(Math.min(silence.endsAt, silence.endedAt ?? Infinity)).toISOString().slice(0, 16),
            silence.matchers.map(({ name, operator, value }) => `${name}${operator}${value}`).join(' '),
            silence.author,
            silence.reason,
          ]),
        ]),
      );
    });

  withClientOptions(silences.command('add').description('silence what matches, e.g. asset=db-1 or service=~"web-.*"'))
    .argument('<matchers...>')
    .requiredOption('--reason <text>', 'why')
    .option('--hours <n>', 'for how long', '2')
    .option('--from <time>', 'start as ISO 8601; now when absent')
    .option('--until <time>', 'end as ISO 8601, instead of --hours')
    .option('--maintenance', 'somebody works there: what happens is expected')
    .action(async (words: readonly string[], flags: AddFlags) => {
      const startsAt = flags.from === undefined ? Date.now() : Date.parse(flags.from);
      if (!(Number(flags.hours) > 0) || Number.isNaN(startsAt)) {
        throw new HeliosError('invalid-request', 'the start or the duration cannot be read', {
          cure: 'give hours as a number and times as ISO 8601',
        });
      }
      const endsAt = flags.until ?? new Date(startsAt + Number(flags.hours) * hourMs).toISOString();
      const silence: Silence = await clientOf(flags).call('createSilence', {
        body: {
          kind: flags.maintenance === true ? 'maintenance' : 'silence',
          matchers: words.map(matcherOf),
          ...(flags.from === undefined ? {} : { startsAt: flags.from }),
          endsAt,
          reason: flags.reason,
        },
      });
      if (flags.json === true) return sayJson(silence);
      say(`${silence.id}: quiet until ${new Date(silence.endsAt).toISOString().slice(0, 16)}`);
    });

  withClientOptions(silences.command('end').description('end a silence before its time').argument('<id>')).action(
    async (id: string, flags: ClientFlags) => {
      const silence = await clientOf(flags).call('endSilence', { params: { id } });
      if (flags.json === true) return sayJson(silence);
      say(`over: ${silence.reason}`);
    },
  );
}

function matcherOf(words: string): SilenceMatcher {
  const [, name, operator, quoted] = /^([^=!~]+)(=~|!~|!=|=)(.*)$/s.exec(words) ?? [];
  const value = quoted?.replace(/^"(.*)"$/s, '$1');
  const matcher = SilenceMatcher.safeParse({ name, operator, value });
  if (matcher.success) return matcher.data;
  throw new HeliosError('invalid-request', `"${words}" is no matcher`, {
    cure: 'write name=value, name!=value, name=~pattern or name!~pattern',
  });
}
