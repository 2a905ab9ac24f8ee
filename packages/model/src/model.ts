/** The words of HeliosIQ. Everything here runs in a browser too; ids that hash content are in `content-id.ts`. */
export * from './anomaly.ts';
export * from './diagnosis.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './incident.ts';
export * from './knowledge.ts';
export * from './outcome.ts';
export * from './severity.ts';
export * from './signal.ts';
export * from './tenant.ts';
export * from './topics.ts';
export * from './topology.ts';
