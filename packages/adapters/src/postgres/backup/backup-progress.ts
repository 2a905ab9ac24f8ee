/** How far a backup or a restore has come. */
export interface BackupProgress {
  readonly step: 'reading' | 'checking' | 'writing' | 'comparing';
  /** What is worked on, e.g. the name of a table. */
  readonly what: string;
  /** Contents done and to do, as far as that is known. */
  readonly done: number;
  readonly total: number;
}
