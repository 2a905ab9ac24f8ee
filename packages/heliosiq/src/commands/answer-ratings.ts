import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { say, sayJson, table } from './terminal.ts';

interface RateFlags extends ClientFlags {
  readonly note?: string;
  readonly question?: string;
}

interface RatingsFlags extends ClientFlags {
  readonly limit: string;
  readonly helpful?: boolean;
  readonly unhelpful?: boolean;
}

/** `heliosiq knowledge rate|ratings`. */
export function addAnswerRatingCommands(knowledge: Command): void {
  withClientOptions(knowledge.command('rate').description('say whether an answer helped'))
    .argument('<answer>', 'the id of the answer, which `ask` prints')
    .argument('<yes|no>', 'whether it helped')
    .option('--note <text>', 'why')
    .option('--question <text>', 'what had been asked')
    .action(async (id: string, word: string, { note, question, ...flags }: RateFlags) => {
      if (word !== 'yes' && word !== 'no') {
        throw new HeliosError('invalid-request', `"${word}" is neither yes nor no`, { cure: 'say yes or no' });
      }
      const body = {
        helpful: word === 'yes',
        ...(note !== undefined && { note }),
        ...(question !== undefined && { question }),
      };
      await clientOf(flags).call('rateAnswer', { params: { id }, body });
      if (flags.json === true) return sayJson({ answerId: id, ...body });
      say(`kept: ${id} ${word === 'yes' ? 'helped' : 'did not help'}`);
    });

  withClientOptions(knowledge.command('ratings').description('what people said of answers, newest first'))
    .option('--limit <n>', 'ratings at most', '100')
    .option('--helpful', 'only answers that helped')
    .option('--unhelpful', 'only answers that did not help')
    .action(async ({ limit, helpful, unhelpful, ...flags }: RatingsFlags) => {
      const opinion =
        helpful === unhelpful ? {} : { helpful: helpful === true ? ('true' as const) : ('false' as const) };
      const result = await clientOf(flags).call('listAnswerRatings', { query: { limit, ...opinion } });
      if (flags.json === true) return sayJson(result);
      if (result.ratings.length === 0) return say('Nobody has rated an answer.');
      const rows = result.ratings.map((each) => [
        new Date(each.at).toISOString().slice(0, 16).replace('T', ' '),
        each.helpful ? 'yes' : 'no',
        each.actor,
        each.question ?? each.answerId,
        each.note ?? '',
      ]);
      say(table([['AT (UTC)', 'HELPED', 'WHO', 'QUESTION', 'NOTE'], ...rows]));
    });
}
