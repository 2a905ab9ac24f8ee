import type { HeliosError } from '@heliosiq/model';
import { errorTable } from '@heliosiq/model';
import type { DoorAnswer } from '@heliosiq/ports';

/** An answer of Alertmanager's API. */
export function jsonAnswer(value: unknown, status = 200): DoorAnswer {
  return { status, mediaType: 'application/json', body: JSON.stringify(value) };
}

/** A fault in the words of Alertmanager's API: a JSON text, which amtool shows to its user. */
export function describeAlertmanagerFault(fault: HeliosError): DoorAnswer {
  const { status, title } = errorTable[fault.code];
  return jsonAnswer(status < 500 ? fault.message : title, status);
}
