import { AssetId, FaultKind, Investigation, KnownCause, Reliability } from '@heliosiq/model';
import { z } from 'zod';

/** What the stream of an investigation sends. */
export { InvestigationEvent } from '@heliosiq/model';

export const InvestigationList = z.object({ investigations: z.array(Investigation) });

/** What came of putting the question of an earlier investigation again. */
export const ReplayAnswer = z.object({
  investigation: Investigation,
  inputHash: z.string(),
  answerHash: z.string(),
  /** False when data came, was corrected or was forgotten since. */
  isSameInput: z.boolean(),
  isSameAnswer: z.boolean(),
});

/** What a person says the true cause was. */
export const NewCauseMark = z.strictObject({
  asset: AssetId,
  fault: FaultKind.default('unknown'),
  note: z.string().max(2000).optional(),
});

/** How sure answers were, and how often they were right. */
export const ReliabilityAnswer = z.object({ reliability: Reliability });

export const CauseOfIncident = z.object({ cause: KnownCause.optional() });
