// Zod compiles schemas with `new Function` where it may; the page's policy forbids that and would report each attempt.
// It reads this setting when the first schema is made, so this file is imported before everything else.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
