import { IncidentId } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientEnvironment } from '../config.ts';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { dim, say, sayJson, wrap } from './terminal.ts';

interface AskFlags extends ClientFlags {
  readonly incident?: string;
}

/** `heliosiq ask "why is PetSite slow?"`. */
export function addAskCommand(program: Command): void {
  withClientOptions(program.command('ask').description('ask a question; every sentence of the answer is cited'))
    .argument('<question...>', 'the question, quoted or not')
    .option('--incident <id>', 'the incident that is meant')
    .action(async (words: string[], flags: AskFlags) => {
      const incident = flags.incident === undefined ? {} : { incidentId: IncidentId.parse(flags.incident) };
      const answer = await clientOf(flags).call('ask', { body: { question: words.join(' '), ...incident } });
      if (flags.json === true) return sayJson(answer);
      say(wrap(answer.text));
      if (answer.citations.length > 0) say();
      const base = flags.url ?? clientEnvironment().url ?? 'http://127.0.0.1:7070';
      for (const citation of answer.citations) {
        say(dim(`[${citation.n}] ${citation.title}: ${base}${citation.url}`));
      }
      if (answer.id !== undefined) say(dim(`Did this help? heliosiq knowledge rate ${answer.id} yes|no`));
      if (!answer.known) process.exitCode = 2;
    });
}
