import { availableParallelism } from 'node:os';
import type { RoleName, chosenRoles } from '../roles.ts';
import type { ProgramOptions } from './program.ts';

/** With fewer, doors, stages and the database only take turns, and a second process costs more than it brings. */
const processorsMin = 4;

/**
 * The roles that get a process of their own: stages, which read the log and bring no doors, where doors run beside them. One
 * event loop with doors and stages makes senders wait for models and models for senders.
 */
export function rolesApart(
  wanted: ReturnType<typeof chosenRoles>,
  { config, now }: Pick<ProgramOptions, 'config' | 'now'>,
): readonly RoleName[] {
  const stages = wanted.filter(({ role }) => role.isStage === true).map(({ name }) => name);
  const hasDoors = wanted.some(({ name }) => name === 'ingest' || name === 'gateway');
  const isWorthIt =
    config.stagesApart === 'on' || (config.stagesApart === 'auto' && availableParallelism() >= processorsMin);
  return isWorthIt && hasDoors && now === undefined ? stages : [];
}
