import { eventLogConformance } from '@heliosiq/ports/conformance/event-log.ts';
import { createMemoryEventLog, createMemoryLogStorage } from './event-log.ts';

eventLogConformance('memory', async () => {
  const storage = createMemoryLogStorage();
  const open = () => createMemoryEventLog({ storage, memberSilenceMaxMs: 6000 });
  return { log: open(), another: async () => open(), [Symbol.asyncDispose]: () => Promise.resolve() };
});
