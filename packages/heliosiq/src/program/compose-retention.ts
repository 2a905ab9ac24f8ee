import { createBronzeForgetting } from '@heliosiq/lake/bronze/forget-bronze.ts';
import { createRetention } from '@heliosiq/lake/retention/retention.ts';
import type { RetentionKeeper } from '@heliosiq/ports';
import type { ProgramPorts } from './program-ports.ts';
import type { RoleContext } from './role-context.ts';

/** The ports that retention needs. */
export const retentionNeeds = ['forgetting', 'blobs', 'changes', 'retentionJournal', 'lease'] as const;

/** Who knows what is kept for how long, as the configuration says, and sees to it. */
export function composeRetention(
  ports: Pick<ProgramPorts, (typeof retentionNeeds)[number]>,
  context: RoleContext,
): RetentionKeeper {
  const { config } = context;
  return createRetention({
    ...context,
    lease: ports.lease,
    changes: ports.changes,
    journal: ports.retentionJournal,
    stores: { ...ports.forgetting, bronze: createBronzeForgetting(ports.blobs) },
    settings: { keep: config.retentionKeep, tenants: config.retentionTenants },
  });
}
