/** What can be set about shifts of an asset. Rows are moments at which its sensors have values. */
export interface AssetShiftSettings {
  /** Rows from which a sensor's noise and first normal are learnt. */
  readonly learnRows: number;
  /** Length of the exponential mean that is compared with the level. */
  readonly shortRows: number;
  /** Length of the exponential mean that is the level. */
  readonly levelRows: number;
  /** Rows over which the usual distance between the two is averaged. */
  readonly spreadRows: number;
  /** Least usual distance, squared, in units of the sensor's noise. */
  readonly spreadFloor: number;
  /** Values farther from the first normal count as this far, in units of the noise. */
  readonly clipSigmas: number;
  /** A squared distance of more than this many usual ones is learnt as that many. */
  readonly spreadClip: number;
  /** A deviation above this begins a shift. */
  readonly threshold: number;
  /** A shift ends when the sensor that leads it is below the threshold and below this share of its peak. */
  readonly returnShare: number;
  /** ... for so many rows. */
  readonly returnRows: number;
  /** The sensor of the largest deviation in the first rows leads a shift. */
  readonly leadRows: number;
  /** A shift that lasts longer is the new normal. */
  readonly newNormalRows: number;
}

/** The shipped settings. */
export const assetShiftDefaults: AssetShiftSettings = {
  learnRows: 400,
  shortRows: 15,
  levelRows: 300,
  spreadRows: 300,
  spreadFloor: 0.03,
  clipSigmas: 30,
  spreadClip: 9,
  threshold: 3.5,
  returnShare: 0.2,
  returnRows: 10,
  leadRows: 120,
  newNormalRows: 600,
};
