import type { TenantId } from '@heliosiq/model';

/** A file of rules as it was given. */
export interface RuleFile {
  /** Up to 200 characters; one of each name. */
  readonly name: string;
  /** YAML: rules of Prometheus or objectives of OpenSLO. */
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  /** Who gave it last. */
  readonly updatedBy: string;
}

/** The files of rules of each tenant. */
export interface RuleStore {
  /** Adds a file, or puts it in the place of the one of its name. */
  put(tenantId: TenantId, file: RuleFile): Promise<void>;
  /** By name, at most 1,000. */
  list(tenantId: TenantId): Promise<readonly RuleFile[]>;
  /** False when there is none of the name. */
  remove(tenantId: TenantId, name: string): Promise<boolean>;
}
