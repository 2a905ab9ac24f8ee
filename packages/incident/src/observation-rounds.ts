import type { Observation } from './record-reading.ts';

/**
 * Parts observations, in their order, so that no part has an alert both firing and resolved: each turn of an alert is
 * seen as a turn, however many records are read together.
 */
export function observationRounds(observations: readonly Observation[]): readonly (readonly Observation[])[] {
  const rounds: Observation[][] = [];
  let round: Observation[] = [];
  let statusOf = new Map<string, string>();
  for (const observation of observations) {
    if (observation.kind === 'alert') {
      const { fingerprint, status } = observation.alert;
      if ((statusOf.get(fingerprint) ?? status) !== status) {
        rounds.push(round);
        round = [];
        statusOf = new Map();
      }
      statusOf.set(fingerprint, status);
    }
    round.push(observation);
  }
  rounds.push(round);
  return rounds;
}
