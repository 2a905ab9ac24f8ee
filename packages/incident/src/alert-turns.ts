import type { Alert } from '@heliosiq/model';

/**
 * Parts alerts, in their order, so that no part has one both firing and resolved: each turn of an alert is seen as a turn, however
 * many records are read together.
 */
export interface AlertTurns {
  /** True when the alert begins a new part, because it is in this one with another status. */
  isTurn(alert: Alert): boolean;
}

export function createAlertTurns(): AlertTurns {
  let statusOf = new Map<string, Alert['status']>();
  return {
    isTurn({ fingerprint, status }) {
      const isTurn = (statusOf.get(fingerprint) ?? status) !== status;
      if (isTurn) statusOf = new Map();
      statusOf.set(fingerprint, status);
      return isTurn;
    },
  };
}
