import type { Command } from 'commander';
import { createLogger } from '../program/logger.ts';
import { startProgram } from '../program/program.ts';
import type { Program } from '../program/program.ts';
import { reportFailure } from './failure.ts';
import { configOf, configOrExit, withSettingOptions } from './setting-options.ts';
import { bold, complain, dim, say } from './terminal.ts';

/** `heliosiq start`. */
export function addStartCommand(program: Command): void {
  withSettingOptions(program.command('start').description('run HeliosIQ until SIGTERM or Ctrl-C')).action(
    async (flags: Record<string, unknown>) => {
      const { config } = configOrExit(configOf(flags));
      const logger = createLogger({ level: config.logLevel });
      // Before anything is started, so that no moment is left in which a signal would kill.
      const asked = untilAskedToStop();
      const running = await startProgram({
        config,
        logger,
        onProgress: (step) => logger.debug({ step }, 'starting'),
      });
      if (running.adminKey !== undefined) {
        say(`${bold('Admin key of tenant')} ${config.tenant}: ${running.adminKey}`);
        say(dim('  It is shown this once: keep it, for example as HELIOS_KEY.'));
      }
      say(`heliosiq ready ${running.url ?? '(no door)'}`);
      await stopWhenAsked(running, asked);
    },
  );
}

/** Resolves at the first SIGTERM or Ctrl-C; a second one ends the process at once. */
function untilAskedToStop(): Promise<'asked'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve('asked');
      });
    }
  });
}

/** Waits to be asked, or for the death of a service, and stops. */
async function stopWhenAsked(running: Program, asked: Promise<'asked'>): Promise<void> {
  try {
    await Promise.race([asked, running.finished]);
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
  await running.stop();
  if (process.exitCode === undefined) complain('stopped');
  process.exit();
}
