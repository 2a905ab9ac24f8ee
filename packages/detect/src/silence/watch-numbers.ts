/** Numbers of the watch beside its table, by index. */
export const WATCH = {
  leadAsset: 0,
  leadAt: 1,
  secondAt: 2,
  checkedAt: 3,
  /** When silent assets were first seen that are not told yet; 0 without any. */
  pendingAt: 4,
  /** Start of the outage that is going on; 0 without one. */
  groupAt: 5,
  groupRevision: 6,
  groupAssets: 7,
  groupBack: 8,
  /** When the log took the newest record that told of any series. */
  seenAt: 9,
  /** Event time at which all went on after a pause that took nearly all. */
  resumedAt: 10,
  /** Start of the silence of the whole tenant that is going on, 0 without one; when and as what it was told. */
  tenantAt: 11,
  tenantToldAt: 12,
  tenantRevision: 13,
  tenantAssets: 14,
} as const;
/** Length of the numbers of a watch. */
export const WATCH_NUMBERS = 15;
