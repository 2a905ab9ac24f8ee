import type { Command } from 'commander';
import { roleGroups, roles } from '../roles.ts';
import { say, sayJson, table } from './terminal.ts';

/** `heliosiq roles`. */
export function addRolesCommand(program: Command): void {
  program
    .command('roles')
    .description('the roles that a process can take with `start --role`')
    .option('--json', 'print JSON')
    .action((flags: { readonly json?: boolean }) => {
      const rows = Object.entries(roles).map(([name, { about, needs }]) => ({ name, about, needs }));
      if (flags.json === true) return sayJson(rows);
      say(table([['ROLE', 'DOES', 'NEEDS'], ...rows.map((row) => [row.name, row.about, row.needs.join(', ')])]));
      for (const [name, members] of Object.entries(roleGroups)) say(`\n${name} = ${members.join(', ')}`);
    });
}
