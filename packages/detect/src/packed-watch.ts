import { createDigitReader, createDigitWriter, writtenLengthMax } from './digit-stream.ts';
import { packNumbers, unpackNumbers } from './packed-numbers.ts';
import { type SeasonSlots, packSeason, unpackSeason } from './packed-season.ts';
import { packSketches, unpackSketches } from './packed-sketches.ts';
import { SCALAR, seriesStateLength, viewSeriesState, writeSeriesMagic } from './series-state.ts';
import { watchLength } from './series-watch.ts';

/** A place to pack and unpack watches of series. At rest they take a fraction of what they take at work. */
export interface PackedWatch {
  /** What is packed and unpacked: the bytes of a watch, as of its `snapshot`. */
  readonly bytes: Uint8Array;
  /** The largest length of packed bytes. */
  readonly packedLengthMax: number;
  /** Packs what is in `bytes` to the beginning of `packed`; returns the length. Nothing is lost. */
  pack(packed: Uint8Array): number;
  /** Unpacks into `bytes`. Throws `HeliosError('internal')` for what is no packed watch of this version. */
  unpack(packed: Uint8Array): void;
}

/** The version of the packed form; how a state is laid out has one of its own, which is part of the scope in the store. */
const PACKED_TAG = 0x52;

/** All numbers as they are, all means too; and of each count and number no more digits than any can have. */
const ROOM = { wordsMax: 1024, digitsMax: 24_576 };

/** Bytes before the numbers of a state, so that these lie at a multiple of eight. */
const LEAD_BYTES = 4;

export function createPackedWatch(): PackedWatch {
  const buffer = new ArrayBuffer(LEAD_BYTES + watchLength);
  const bytes = new Uint8Array(buffer, LEAD_BYTES);
  const stateOffset = 2 * LEAD_BYTES;
  const state = viewSeriesState(buffer, stateOffset);
  const episodeNumbers = new Float64Array(buffer, LEAD_BYTES + seriesStateLength);
  const numberParts = [state.scalars, state.scales, state.totals, state.recurrences, episodeNumbers];
  const writer = createDigitWriter(PACKED_TAG, ROOM);
  const reader = createDigitReader(PACKED_TAG, ROOM);

  /** The seasons; known once the scalars are. */
  function seasons(): SeasonSlots[] {
    const { scalars, dayMeans, weekMeans, daySizes, dayCounts, weekCounts, daySizeCounts } = state;
    const day = scalars[SCALAR.daySlot] ?? 0;
    return [
      { means: dayMeans, counts: dayCounts, current: day },
      { means: daySizes, counts: daySizeCounts, current: Math.floor(day / 2) },
      { means: weekMeans, counts: weekCounts, current: scalars[SCALAR.weekSlot] ?? 0 },
    ];
  }

  return {
    bytes,
    packedLengthMax: writtenLengthMax(ROOM),
    pack(packed) {
      writer.begin();
      for (const part of numberParts) packNumbers(part, writer);
      for (const season of seasons()) packSeason(season, writer);
      packSketches(state, writer);
      return writer.writeTo(packed);
    },
    unpack(packed) {
      reader.begin(packed);
      writeSeriesMagic(bytes);
      for (const part of numberParts) unpackNumbers(part, reader);
      for (const season of seasons()) unpackSeason(season, reader);
      unpackSketches(state, reader);
      reader.end();
    },
  };
}
