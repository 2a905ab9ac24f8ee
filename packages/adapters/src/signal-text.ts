import type { DiscreteSignal } from '@heliosiq/model';

/** The text in which a signal is searched: a log's body, any other signal's title. */
export function signalText(signal: DiscreteSignal): string {
  return signal.kind === 'log' ? signal.body : signal.title;
}
