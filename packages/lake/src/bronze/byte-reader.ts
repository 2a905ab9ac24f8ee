import { HeliosError } from '@heliosiq/model';

/** Reads what a `ByteWriter` wrote; throws `HeliosError('internal')` where the bytes end too soon. */
export interface ByteReader {
  whole(): number;
  text(): string;
  /** A view of the bytes read from. */
  bytes(): Buffer;
  readonly position: number;
  readonly isAtEnd: boolean;
}

export function createByteReader(buffer: Buffer): ByteReader {
  let at = 0;

  function whole(): number {
    let value = 0;
    let scale = 1;
    for (let length = 0; length < 8; length += 1) {
      const byte = buffer[at++];
      if (byte === undefined) throw cut();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw cut();
  }

  function bytes(): Buffer {
    const length = whole();
    if (at + length > buffer.length) throw cut();
    at += length;
    return buffer.subarray(at - length, at);
  }

  return {
    whole,
    text: () => bytes().toString('utf8'),
    bytes,
    get position() {
      return at;
    },
    get isAtEnd() {
      return at === buffer.length;
    },
  };
}

function cut(): HeliosError {
  return new HeliosError('internal', 'the bytes end in the middle of a record');
}
