import type {
  AssetId,
  FaultKind,
  IncidentId,
  Investigation,
  InvestigationEvent,
  KnownCause,
  Principal,
  Reliability,
} from '@heliosiq/model';

/** What a person says the true cause was. */
export interface CauseMark {
  readonly asset: AssetId;
  readonly fault: FaultKind;
  readonly note?: string | undefined;
}

/** What came of putting the question of an earlier investigation again. */
export interface ReplayOutcome {
  readonly investigation: Investigation;
  readonly inputHash: string;
  readonly answerHash: string;
  readonly isSameInput: boolean;
  readonly isSameAnswer: boolean;
}

/** What people do about the causes of incidents. Each call rejects with `not-found` where there is no such incident. */
export interface InvestigationDesk {
  /** Investigates now; `onEvent` hears of each step, and of the answer or the fault at the end. Rejects with the fault. */
  investigate(
    principal: Principal,
    id: IncidentId,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: InvestigationEvent) => void },
  ): Promise<void>;
  /** Newest first, at most `limit` (1 to 100). */
  investigations(
    principal: Principal,
    id: IncidentId,
    options: { readonly limit: number },
  ): Promise<readonly Investigation[]>;
  /** Puts the question of an earlier investigation again to the data as it is stored now, and changes nothing. */
  replay(
    principal: Principal,
    id: IncidentId,
    options: { readonly investigationId: string; readonly signal: AbortSignal },
  ): Promise<ReplayOutcome>;
  /** Says what the true cause was; remembered for the next similar incident. */
  markCause(principal: Principal, id: IncidentId, mark: CauseMark): Promise<KnownCause>;
  /** How sure answers were, and how often they were right, over all that people said. */
  reliability(principal: Principal): Promise<Reliability>;
  /** What people said of this incident. */
  knownCause(principal: Principal, id: IncidentId): Promise<KnownCause | undefined>;
}
