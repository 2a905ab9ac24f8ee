import { HeliosError, type TenantId } from '@heliosiq/model';
import type { MetricQuery } from '@heliosiq/ports';
import type { RuleResult } from './alert-states.ts';

/** Asks a rule's question at a moment; a number alone is a result without labels, as in Prometheus. */
export async function askRule(
  metrics: MetricQuery,
  tenantId: TenantId,
  question: { readonly query: string; readonly time: number; readonly signal: AbortSignal },
): Promise<readonly RuleResult[]> {
  const { data } = await metrics.instant(tenantId, question);
  if (data.resultType === 'vector') return data.result;
  if (data.resultType === 'scalar') return [{ metric: {}, value: data.result }];
  throw new HeliosError('unprocessable', 'a rule needs a question whose answer is a vector or a number');
}
