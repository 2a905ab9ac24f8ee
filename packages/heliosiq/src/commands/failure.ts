import { HeliosError } from '@heliosiq/model';
import { complain, red } from './terminal.ts';

/** Tells a person what failed, why, and what to do; returns the exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof HeliosError) {
    complain(`${red('error')} ${error.message}`);
    if (error.field !== undefined) complain(`  field: ${error.field}`);
    if (error.cure !== undefined) complain(`  cure:  ${error.cure}`);
    return 1;
  }
  complain(`${red('error')} ${error instanceof Error ? error.message : String(error)}`);
  return 1;
}
