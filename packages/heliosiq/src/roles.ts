import type { PortName, ProgramPorts } from './program/program-ports.ts';
import type { Composition, RoleContext } from './program/role-context.ts';

/** Placeholder until factories land. */
export const roles: Record<
  string,
  { about: string; needs: readonly PortName[]; compose: (ports: ProgramPorts, context: RoleContext) => Composition }
> = {};
