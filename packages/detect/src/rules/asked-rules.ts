import { HeliosError, type TenantId } from '@heliosiq/model';
import type { MetricQuery } from '@heliosiq/ports';
import type { RuleResult } from './alert-states.ts';

/**
 * Asks a rule's question at a moment; a number alone is a result without labels, as in Prometheus. Rejects with `timeout` when the
 * time of the signal is over.
 */
export async function askRule(
  metrics: Pick<MetricQuery, 'instant'>,
  tenantId: TenantId,
  question: { readonly query: string; readonly time: number; readonly signal: AbortSignal },
): Promise<readonly RuleResult[]> {
  const { data } = await metrics.instant(tenantId, question).catch((error: unknown) => {
    // A store may end in the words of the signal, which are no fault that anybody knows.
    if (error instanceof HeliosError || !isTimeOver(question.signal)) throw error;
    throw new HeliosError('timeout', 'the question took too long', { cause: error });
  });
  if (data.resultType === 'vector') return data.result;
  if (data.resultType === 'scalar') return [{ metric: {}, value: data.result }];
  throw new HeliosError('unprocessable', 'a rule needs a question whose answer is a vector or a number');
}

function isTimeOver({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
