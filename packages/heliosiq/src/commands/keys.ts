import { ApiKeyId, Role } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { bold, say, sayJson, table } from './terminal.ts';

/** `heliosiq keys create|list|revoke`. */
export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('API keys: make, list, revoke (admin)');

  withClientOptions(keys.command('create').description('make a key; its secret is shown this once').argument('<name>'))
    .option('--role <role>', 'viewer, operator or admin', 'operator')
    .action(async (name: string, flags: ClientFlags & { readonly role: string }) => {
      const created = await clientOf(flags).call('createKey', { body: { name, role: Role.parse(flags.role) } });
      if (flags.json === true) return sayJson(created);
      say(`${bold(created.secret)}`);
      say(`${created.key.role} key "${created.key.name}" (${created.key.id}). Keep it: it is not shown again.`);
    });

  withClientOptions(keys.command('list').description('the keys, without secrets')).action(
    async (flags: ClientFlags) => {
      const result = await clientOf(flags).call('listKeys');
      if (flags.json === true) return sayJson(result);
      say(
        table([
          ['ID', 'NAME', 'ROLE', 'CREATED', 'REVOKED'],
          ...result.keys.map((key) => [key.id, key.name, key.role, day(key.createdAt), day(key.revokedAt)]),
        ]),
      );
    },
  );

  withClientOptions(keys.command('revoke').description('revoke a key at once').argument('<id>')).action(
    async (id: string, flags: ClientFlags) => {
      await clientOf(flags).call('revokeKey', { params: { id: ApiKeyId.parse(id) } });
      if (flags.json === true) return sayJson({ revoked: id });
      say(`revoked ${id}`);
    },
  );
}

function day(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString().slice(0, 10);
}
