/** The use of an API key is written down at most once in this time. */
export const keyUseIntervalMs = 60_000;
