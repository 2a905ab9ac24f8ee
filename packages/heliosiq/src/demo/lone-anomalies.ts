import type { Client } from '@heliosiq/api';

/** An anomaly of the demo's JSON that is part of no incident. */
export interface LoneAnomaly {
  readonly asset: string;
  readonly started_at: string;
  readonly explanation: string;
  /** Why it made no incident. */
  readonly reason: string;
  readonly url: string;
}

const listedMax = 100;
const toldMax = 3;

/** The anomalies of an asset that are part of no incident, the most surprising first, a few of them. */
export async function loneAnomalies(client: Client, baseUrl: string, asset: string): Promise<readonly LoneAnomaly[]> {
  const { anomalies } = await client.call('listAnomalies', { query: { asset, limit: String(listedMax) } });
  const told: LoneAnomaly[] = [];
  for (const anomaly of anomalies.toSorted((a, b) => b.score - a.score)) {
    if (told.length === toldMax) break;
    const { standing } = await client.call('readAnomalyContext', { params: { id: anomaly.id } });
    if (standing.incident !== undefined) continue;
    told.push({
      asset,
      started_at: new Date(anomaly.startedAt).toISOString(),
      explanation: anomaly.explanation,
      reason: standing.reason,
      url: `${baseUrl}/anomalies/${anomaly.id}`,
    });
  }
  return told;
}
