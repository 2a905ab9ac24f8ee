import { HeliosError, topicNames } from '@heliosiq/model';
import type { TopicName } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { say, sayJson, table } from './terminal.ts';

/** `heliosiq log lag|rejected|replay`. */
export function addLogCommands(program: Command): void {
  const log = program.command('log').description('the event log: lag, rejected records, replay (admin)');

  withClientOptions(log.command('lag').description('how far each consumer is behind')).action(
    async (flags: ClientFlags) => {
      const result = await clientOf(flags).call('readLag');
      if (flags.json === true) return sayJson(result);
      say(
        table([
          ['GROUP', 'TOPIC', 'PARTITION', 'LAG'],
          ...result.lag.map((each) => [each.group, each.topic, String(each.partition), String(each.lagRecords)]),
        ]),
      );
    },
  );

  withClientOptions(
    log
      .command('rejected')
      .description('records that a stage could not use')
      .argument('<topic>', topicNames.join(', ')),
  ).action(async (topic: string, flags: ClientFlags) => {
    const result = await clientOf(flags).call('listRejected', { params: { topic: topicOf(topic) }, query: {} });
    if (flags.json === true) return sayJson(result);
    if (result.records.length === 0) return say('None.');
    say(
      table([
        ['OFFSET', 'KEY', 'REASON'],
        ...result.records.map((each) => [String(each.offset), each.key, each.reason]),
      ]),
    );
  });

  withClientOptions(
    log.command('replay').description('append the rejected records to their topic again').argument('<topic>'),
  )
    .option('--from-offset <n>', 'start here', '0')
    .action(async (topic: string, flags: ClientFlags & { readonly fromOffset: string }) => {
      const body = { fromOffset: Number(flags.fromOffset) };
      const result = await clientOf(flags).call('replayRejected', { params: { topic: topicOf(topic) }, body });
      if (flags.json === true) return sayJson(result);
      say(`replayed ${result.replayed} record(s); the next replay starts at --from-offset ${result.nextOffset}`);
    });
}

function topicOf(word: string): TopicName {
  const topic = topicNames.find((name) => name === word);
  if (topic === undefined) {
    throw new HeliosError('invalid-request', `there is no topic "${word}"`, {
      cure: `take one of ${topicNames.join(', ')}`,
    });
  }
  return topic;
}
