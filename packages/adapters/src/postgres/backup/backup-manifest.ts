import { accepted, rejected, type Outcome } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { SequenceShape, TableShape } from './database-shape.ts';

/** Content of a backup: what it is, and which object of the folder holds it. */
export interface StoredContent {
  /** Bytes before compression. */
  readonly bytes: number;
  /** SHA-256 of these bytes; the object's name. */
  readonly sha256: string;
}

/** The rows of a table, as `COPY … (FORMAT binary)` gives them, in the order of its key. */
export interface StoredTable extends TableShape, StoredContent {
  readonly rows: number;
}

/** A file of the blob store. */
export interface StoredFile extends StoredContent {
  /** Its path within the folder of blobs, `/` between names. */
  readonly name: string;
  /** When it was last changed: one of this size and moment is not read again for the next backup. */
  readonly modifiedAtMs: number;
}

/** All that a program kept at one moment. */
export interface BackupManifest {
  readonly format: 1;
  /** Version of the program. */
  readonly program: string;
  /** Of PostgreSQL, e.g. 180004. */
  readonly server: number;
  /** The moment of the snapshot by the database's clock, milliseconds since the epoch. */
  readonly takenAt: number;
  readonly steps: readonly string[];
  readonly tables: readonly StoredTable[];
  readonly sequences: readonly SequenceShape[];
  readonly files: readonly StoredFile[];
}

/** A manifest as text: JSON with a seal, the SHA-256 of the JSON of everything else. */
export function encodeBackupManifest(manifest: BackupManifest): string {
  return `${JSON.stringify({ ...manifest, seal: sha256Hex(JSON.stringify(manifest)) })}\n`;
}

/** Reads a manifest; the reason says what is wrong with another text. */
export function decodeBackupManifest(text: string): Outcome<BackupManifest> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return rejected('it is no JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || !('seal' in parsed) || !('format' in parsed)) {
    return rejected('it has no seal');
  }
  const { seal, ...manifest } = parsed;
  if (sha256Hex(JSON.stringify(manifest)) !== seal) return rejected('its seal does not fit its content');
  if (manifest.format !== 1) return rejected('it was made by a newer version of HeliosIQ');
  // The cast holds: the seal says that this is what `encodeBackupManifest` was given, the format that it had this type.
  return accepted(manifest as BackupManifest);
}

/** All contents of a backup, each once. */
export function contentsOf({ tables, files }: BackupManifest): readonly StoredContent[] {
  const contents = new Map<string, StoredContent>();
  for (const { bytes, sha256 } of [...tables, ...files]) contents.set(sha256, { bytes, sha256 });
  return [...contents.values()];
}
