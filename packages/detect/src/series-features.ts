export const FEATURES = ['value', 'recent', 'jump', 'shift', 'mean', 'trend', 'spread', 'season', 'season-mean', 'forecast', 'rarity', 'flat'] as const;
