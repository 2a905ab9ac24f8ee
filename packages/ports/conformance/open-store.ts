/** Opens the store under test; called once a suite, before its first test. Whoever opens what lies below closes it. */
export type OpenStore<Store> = () => Store | Promise<Store>;
