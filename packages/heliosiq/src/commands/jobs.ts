import type { JobsAnswer } from '@heliosiq/api';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { bold, dim, green, say, sayJson, table } from './terminal.ts';

interface JobFlags extends ClientFlags {
  readonly run?: string;
  readonly limit: string;
}

/** `heliosiq jobs [--run NAME]`. */
export function addJobsCommand(program: Command): void {
  withClientOptions(
    program
      .command('jobs')
      .description('work that comes round: when each job ran, what became of it, when it runs next; --run does it now'),
  )
    .option('--run <name>', 'ask for a run of this job now (admin)')
    .option('--limit <n>', 'recent runs that are listed', '20')
    .action(async (flags: JobFlags) => {
      const client = clientOf(flags);
      if (flags.run !== undefined) {
        const asked = await client.call('runJob', { params: { name: flags.run } });
        return flags.json === true
          ? sayJson(asked)
          : say(`${green('asked for')} ${asked.name}: it begins in some seconds`);
      }
      const answer = await client.call('readJobs', { query: { limit: flags.limit } });
      return flags.json === true ? sayJson(answer) : say(jobWords(answer));
    });
}

function jobWords({ jobs, runs }: JobsAnswer): string {
  if (jobs.length === 0) return dim('No job was planned yet.');
  const states = table([
    ['JOB', 'LAST', 'TOOK', 'OUTCOME', 'NEXT', ''],
    ...jobs.map(({ name, about, nextAt, runningSince, requestedBy, lastRun }) => [
      name,
      lastRun === undefined ? '-' : moment(lastRun.startedAt),
      lastRun === undefined ? '-' : `${lastRun.durationMs} ms`,
      lastRun?.outcome ?? '-',
      runningSince === undefined ? (requestedBy === undefined ? moment(nextAt) : 'asked for') : 'running',
      about,
    ]),
  ]);
  if (runs.length === 0) return `${states}\n\n${dim('No run had anything to do yet.')}`;
  const history = table([
    ['WHEN', 'JOB', 'WHO', 'OUTCOME', ''],
    ...runs.map(({ startedAt, job, actor, outcome, detail }) => [moment(startedAt), job, actor, outcome, detail]),
  ]);
  return `${states}\n\n${bold('Runs')}\n${history}`;
}

function moment(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
