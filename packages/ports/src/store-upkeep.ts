import type { Pacer } from './pacer.ts';
import type { Service } from './service.ts';
import type { Logger, Meter } from './telemetry.ts';

/** Work that a store needs done behind its questions, such as putting small pieces together; one role of a program runs it. */
export interface StoreUpkeep {
  service(deps: { readonly logger: Logger; readonly meter: Meter; readonly pacer: Pacer }): Service;
}
