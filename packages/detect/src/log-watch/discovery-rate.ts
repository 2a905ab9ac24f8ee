import type { Severity } from '@heliosiq/model';

/** How much a new pattern means: trouble nobody knew, trouble known elsewhere or a warning, anything else. */
export type DiscoveryClass = 'trouble' | 'warning' | 'plain';

const discoveryClasses = ['trouble', 'warning', 'plain'] as const satisfies readonly DiscoveryClass[];

/** Events of new patterns of each class, and the hours they were counted in; what is long past fades. */
export interface DiscoveryRates {
  readonly events: Record<DiscoveryClass, number>;
  hours: number;
}

/** What is expected before anything was seen, as events in an hour: the rarer, the sooner one is worth telling. */
const priorEvents: Readonly<Record<DiscoveryClass, number>> = { trouble: 0.005, warning: 0.02, plain: 0.5 };
const priorHours = 1;

/** No memory is longer: two weeks. */
const memoryHoursMax = 336;
/** The first minutes of an asset are not yet a rate. */
const ageHoursMin = 1 / 6;

/** The window that a likelihood is about, as that of series: five minutes. */
const windowHours = 1 / 12;

export function createDiscoveryRates(): DiscoveryRates {
  return { events: { trouble: 0, warning: 0, plain: 0 }, hours: 0 };
}

/**
 * Lets time pass. New words of a language come ever more rarely (Heaps' law), and so do new lines of a program: what is seen
 * at an age of t weighs as the square of t, so that the first hour of a service does not stay its measure of normal.
 */
export function passTime(rates: DiscoveryRates, hours: number, ageHours: number): void {
  const fade = Math.exp((-2 * hours) / Math.min(memoryHoursMax, Math.max(ageHoursMin, ageHours)));
  for (const name of discoveryClasses) rates.events[name] *= fade;
  rates.hours = rates.hours * fade + hours;
}

/** Events of a class that are expected in five minutes. */
export function expectedEvents({ events, hours }: DiscoveryRates, name: DiscoveryClass): number {
  return ((events[name] + priorEvents[name]) / (hours + priorHours)) * windowHours;
}

/** The class of a pattern that an asset never wrote before; undefined where it says nothing. */
export function classOf(severity: Severity, isKnownElsewhere: boolean): DiscoveryClass | undefined {
  if (severity === 'critical' || severity === 'high') return isKnownElsewhere ? 'warning' : 'trouble';
  if (severity === 'medium') return isKnownElsewhere ? 'plain' : 'warning';
  return isKnownElsewhere ? undefined : 'plain';
}
