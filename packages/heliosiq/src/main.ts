import { CommanderError } from 'commander';
import { commandLine } from './command-line.ts';
import { reportFailure } from './commands/failure.ts';

/** The program's entry: what `bin/heliosiq` runs. */
try {
  await commandLine().parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError ? error.exitCode : reportFailure(error);
}
