// Zod compiles schemas with `new Function` where it may; the page's policy forbids that and would report each attempt.
// It reads this setting when the first schema is made: a script of its own runs before every module, however they are bundled.
globalThis.__zod_globalConfig = { jitless: true };
