import type { Command } from 'commander';
import { createLogger } from '../program/logger.ts';
import { startProgram } from '../program/program.ts';
import { reportFailure } from './failure.ts';
import { configOf, configOrExit, withSettingOptions } from './setting-options.ts';
import { bold, complain, dim, say } from './terminal.ts';

/** `heliosiq start`. */
export function addStartCommand(program: Command): void {
  withSettingOptions(program.command('start').description('run HeliosIQ until SIGTERM or Ctrl-C')).action(
    async (flags: Record<string, unknown>) => {
      const { config } = configOrExit(configOf(flags));
      const logger = createLogger({ level: config.logLevel });
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
      await stopOnSignal(running);
    },
  );
}

/** Waits for SIGTERM, SIGINT or the death of a service, then stops; a second signal ends the process at once. */
async function stopOnSignal(running: Awaited<ReturnType<typeof startProgram>>): Promise<void> {
  const asked = new Promise<'asked'>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve('asked');
      });
    }
  });
  try {
    await Promise.race([asked, running.finished]);
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
  await running.stop();
  if (process.exitCode === undefined) complain('stopped');
  process.exit();
}
