import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A packet as it came: its type (first half byte), flags and body. */
interface RawPacket {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** A client that sends bytes as told, to show a server what no library would send. */
export interface RawClient {
  readonly socket: Socket;
  send(...packets: readonly Uint8Array[]): void;
  /** The next packet; undefined when the server has closed. */
  next(): Promise<RawPacket | undefined>;
  end(): void;
}

export const packetTypes = {
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  suback: 9,
  unsuback: 11,
  pingresp: 13,
  disconnect: 14,
} as const;

export async function openRawClient(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let bytes: Buffer = Buffer.alloc(0);
  let isClosed = false;
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    wake();
  });
  socket.on('error', () => undefined); // a reset is a close
  socket.on('close', () => {
    isClosed = true;
    wake();
  });
  socket.on('end', () => socket.end());

  /** One packet of less than 16 KiB. */
  function take(): RawPacket | undefined {
    const [first = 0, low = 0, high = 0] = bytes;
    const isLong = low >= 0x80;
    const start = isLong ? 3 : 2;
    const length = isLong ? (low & 0x7f) + high * 128 : low;
    if (bytes.length < start + length) return undefined;
    const body = bytes.subarray(start, start + length);
    bytes = bytes.subarray(start + length);
    return { type: first >> 4, flags: first & 15, body };
  }

  return {
    socket,
    send: (...packets) => void socket.write(Buffer.concat(packets)),
    async next() {
      for (;;) {
        const packet = bytes.length >= 2 ? take() : undefined;
        if (packet !== undefined) return packet;
        if (isClosed) return undefined;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    end: () => socket.destroy(),
  };
}

export interface RawConnect {
  readonly version?: 3 | 4 | 5;
  readonly clientId?: string;
  readonly user?: string;
  readonly password?: string;
  readonly isClean?: boolean;
  readonly keepAliveS?: number;
  readonly will?: { readonly topic: string; readonly payload: string; readonly properties?: readonly number[] };
  /** MQTT 5: properties as on the wire, without their length. */
  readonly properties?: readonly number[];
}

export function connectPacket(options: RawConnect = {}): Buffer {
  const { version = 4, clientId = 'raw', user = 'acme', password = 'key-acme', isClean = true, will } = options;
  const flags = 0xc0 | (isClean ? 2 : 0) | (will === undefined ? 0 : 4);
  const keepAliveS = options.keepAliveS ?? 60;
  const isFive = version === 5;
  const properties = options.properties ?? [];
  const delays = will?.properties ?? [];
  const willProperties = Buffer.from(isFive ? [delays.length, ...delays] : []);
  return packet(0x10, [
    text(version === 3 ? 'MQIsdp' : 'MQTT'),
    Buffer.from([version, flags, keepAliveS >> 8, keepAliveS & 255]),
    Buffer.from(isFive ? [properties.length, ...properties] : []),
    text(clientId),
    ...(will === undefined ? [] : [willProperties, text(will.topic), text(will.payload)]),
    text(user),
    text(password),
  ]);
}

export interface RawPublish {
  readonly version?: 4 | 5;
  readonly qos?: 0 | 1 | 2;
  readonly id?: number;
  readonly isRedelivered?: boolean;
  readonly properties?: readonly number[];
}

export function publishPacket(topic: string, payload: string | Uint8Array, options: RawPublish = {}): Buffer {
  const { version = 4, qos = 1, id = 1, isRedelivered = false, properties = [] } = options;
  return packet(0x30 | (qos << 1) | (isRedelivered ? 8 : 0), [
    text(topic),
    Buffer.from(qos === 0 ? [] : [id >> 8, id & 255]),
    Buffer.from(version === 5 ? [properties.length, ...properties] : []),
    Buffer.from(payload),
  ]);
}

/** Any packet of its first byte and the parts of its body. */
export function packet(first: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const lengths: number[] = [];
  let rest = body.length;
  do {
    lengths.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...lengths]), body]);
}

/** A text with its length before it. */
export function text(words: string): Buffer {
  const bytes = Buffer.from(words);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}
