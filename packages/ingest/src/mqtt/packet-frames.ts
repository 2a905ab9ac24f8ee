/** Cuts a stream of bytes into whole MQTT packets. */
export interface PacketFrames {
  push(chunk: Buffer): void;
  /**
   * The next whole packet with its header; undefined when more bytes are needed. `too-large` and `malformed` are
   * final: the stream cannot be read on.
   */
  next(): Buffer | 'too-large' | 'malformed' | undefined;
}

const lengthBytesMax = 4;

/** Packets of more than `packetBytesMax` bytes are not gathered; what waits is one chunk and one packet at most. */
export function createPacketFrames(packetBytesMax: number): PacketFrames {
  let rest: Buffer = Buffer.alloc(0);
  let packet: Buffer | undefined;
  let filled = 0;

  /** Moves bytes of the chunk into the packet that is being gathered. */
  function fill(target: Buffer): Buffer | undefined {
    const taken = Math.min(target.length - filled, rest.length);
    rest.copy(target, filled, 0, taken);
    filled += taken;
    rest = rest.subarray(taken);
    if (filled < target.length) return undefined;
    packet = undefined;
    return target;
  }

  return {
    push(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    },
    next() {
      if (packet !== undefined) return fill(packet);
      const size = sizeOfPacket(rest);
      if (typeof size !== 'number') return size;
      if (size > packetBytesMax) return 'too-large';
      if (size <= rest.length) {
        const whole = rest.subarray(0, size);
        rest = rest.subarray(size);
        return whole;
      }
      filled = 0;
      packet = Buffer.allocUnsafeSlow(size);
      return fill(packet);
    },
  };
}

/** Bytes of the packet that begins the buffer: type, remaining length (1 to 4 bytes, section 2.1.4) and the rest. */
function sizeOfPacket(bytes: Buffer): number | 'malformed' | undefined {
  let length = 0;
  for (let index = 0; index < lengthBytesMax; index += 1) {
    const byte = bytes[1 + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return 2 + index + length;
  }
  return 'malformed';
}
