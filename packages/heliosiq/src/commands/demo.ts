import { Option } from 'commander';
import type { Command } from 'commander';
import { storyProblem, tellDemo } from '../demo/demo.ts';
import { createNarrator, createSilentNarrator } from '../demo/narrator.ts';
import { reportFailure } from './failure.ts';
import { bold, dim, say, sayJson } from './terminal.ts';

interface DemoFlags {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly recording?: string;
  readonly port: string;
}

/** `heliosiq demo`. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('replay two recorded incidents through the whole product, on this machine alone')
    .option('--once', 'end after the story instead of serving the page')
    .option('--json', 'print one JSON object instead of the story')
    .option('--recording <dir>', 'another PetShop fault: …/<traffic>/<part>/issue_<n>')
    .addOption(new Option('--port <n>', 'port of the page; another free one when it is taken').default('7070'))
    .action(async (flags: DemoFlags) => {
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      const narrator = flags.json === true ? createSilentNarrator() : createNarrator();
      try {
        await using demo = await tellDemo({
          port: Number(flags.port),
          narrator,
          signal: stop.signal,
          ...(flags.recording === undefined ? {} : { recordingDir: flags.recording }),
        });
        if (flags.json === true) sayJson({ ...demo.story, rss_mib_total: await demo.restingMemory(stop.signal) });
        const problem = storyProblem(demo.story);
        if (problem !== undefined) process.exitCode = reportFailure(problem);
        if (flags.once === true) return;
        say(`\n${bold('Look at it:')} ${demo.url}   ${dim('Ctrl-C stops everything.')}`);
        await Promise.race([demo.finished, untilAborted(stop.signal)]);
        process.exitCode ??= 0;
      } catch (error) {
        process.exitCode = stop.signal.aborted ? 130 : reportFailure(error);
      }
    });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
