import type { Principal, TenantId } from '@heliosiq/model';
import type { RuleFile } from './rule-store.ts';

/** A file of rules without its text. */
export interface RuleFileSummary extends Omit<RuleFile, 'text'> {
  readonly kind: 'prometheus' | 'openslo';
  readonly groups: number;
  readonly rules: number;
}

/** One alert of a rule that waits or fires. Times in milliseconds since the epoch. */
export interface RuleAlert {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  readonly activeAt: number;
  /** Since when it fires. */
  readonly firedAt?: number;
}

/** A rule, and how its last evaluation went. Durations in milliseconds. */
export interface RuleState {
  readonly kind: 'alert' | 'recording';
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly state: 'firing' | 'pending' | 'inactive' | 'unknown';
  readonly alerts: readonly RuleAlert[];
  /** Why the last evaluation failed. */
  readonly fault?: string;
  readonly tookMs: number;
}

export interface RuleGroupState {
  readonly file: string;
  readonly name: string;
  readonly intervalMs: number;
  readonly limit: number;
  /** Absent before the first evaluation. */
  readonly evaluatedAt?: number;
  readonly tookMs: number;
  readonly rules: readonly RuleState[];
}

/** When an alert would have fired. */
export interface RuleFiring {
  readonly labels: Readonly<Record<string, string>>;
  readonly from: number;
  /** Absent for what still fired at the end. */
  readonly to?: number;
  /** The last value. */
  readonly value: number;
}

/** What a rule would have said. */
export interface RuleTrial {
  readonly group: string;
  readonly name: string;
  readonly query: string;
  /** In all; `firings` has the first hundred. */
  readonly total: number;
  readonly firings: readonly RuleFiring[];
  readonly fault?: string;
}

/** Where people look after rules. */
export interface RuleDesk {
  /** By name. */
  files(tenantId: TenantId): Promise<readonly RuleFileSummary[]>;
  /** Undefined when there is none. */
  read(tenantId: TenantId, name: string): Promise<RuleFile | undefined>;
  /** Takes a file whole; rejects with `invalid-request` and everything that is wrong with it. */
  put(principal: Principal, file: { readonly name: string; readonly text: string }): Promise<RuleFileSummary>;
  remove(tenantId: TenantId, name: string): Promise<boolean>;
  /** Every group with what it found last. */
  groups(tenantId: TenantId): Promise<readonly RuleGroupState[]>;
  /** What the alerts of a text would have said from one moment to another, asked of what is stored. */
  tryOut(
    tenantId: TenantId,
    trial: { readonly text: string; readonly from: number; readonly to: number; readonly signal?: AbortSignal },
  ): Promise<readonly RuleTrial[]>;
}
