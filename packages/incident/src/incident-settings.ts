/** How anomalies and alerts become incidents; times in milliseconds of event time unless a name says otherwise. */
export interface IncidentSettings {
  /** Largest gap between a new member and an incident; series with longer steps get 2.5 steps. */
  readonly windowMs: number;
  /** Largest `windowMs` that a slow series may ask for. */
  readonly windowMsMax: number;
  /** A firing alert is taken to go on for this long after it was last told; an open anomaly for 2.5 steps of its series, at most this long. */
  readonly ongoingMs: number;
  /** Largest distance over `calls`, `runs-on` and `part-of` edges, direction ignored. */
  readonly hopsMax: number;
  /** An asset with more edges than this links nobody: being near a whole fleet tells nothing. */
  readonly hubEdgesMax: number;
  /** Assets without any known edge belong together when their onsets are this close and each would open an incident. */
  readonly simultaneousMs: number;
  /** An alert belongs by its labels and words only this close to the last sign of an incident. */
  readonly likenessMs: number;
  /** How long everything must be quiet before an incident resolves by itself. */
  readonly quietMs: number;
  /** An open anomaly or firing alert that nobody has renewed for this long counts as over. */
  readonly staleMs: number;
  /** A recurrence this soon after the last sighting reopens the incident. */
  readonly reopenMs: number;
  /** Wall-clock wait before the clock of the signals counts, so that detection has had its turn. */
  readonly settleMs: number;
  /** Event time within this of the wall clock is live: it then goes on by itself when signals stop. */
  readonly liveMs: number;
  /** Wall-clock time between two looks for incidents that have recovered. */
  readonly tickMs: number;
  /** Wall-clock time between two looks for news that somebody stored and could not tell. */
  readonly untoldLookMs: number;
  /** Candidates kept per tenant; the oldest go first. */
  readonly candidatesMax: number;
}

const minuteMs = 60_000;

/** The settings that ship. */
export const incidentDefaults: IncidentSettings = {
  windowMs: 15 * minuteMs,
  windowMsMax: 180 * minuteMs,
  ongoingMs: 60 * minuteMs,
  hopsMax: 2,
  hubEdgesMax: 50,
  simultaneousMs: 2 * minuteMs,
  likenessMs: 5 * minuteMs,
  quietMs: 15 * minuteMs,
  staleMs: 24 * 60 * minuteMs,
  reopenMs: 60 * minuteMs,
  settleMs: 5_000,
  liveMs: 10 * minuteMs,
  tickMs: 1_000,
  untoldLookMs: 30_000,
  candidatesMax: 2_000,
};
