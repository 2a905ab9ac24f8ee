import type { Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import type { IConnectPacket, Packet } from 'mqtt-packet';
import type { MqttLimits } from './mqtt-limits.ts';
import { createPacketFrames } from './packet-frames.ts';
import { createPacketReader } from './packet-reader.ts';
import { reasons, returnCodeOf } from './reason-codes.ts';
import type { ReasonCode } from './reason-codes.ts';

/** Why a connection ended, as counted. */
export type ConnectionEnd =
  | 'client'
  | 'connection-lost'
  | 'refused'
  | 'keep-alive'
  | 'connect-timeout'
  | 'taken-over'
  | 'protocol'
  | 'not-authorized'
  | 'quota'
  | 'unavailable'
  | 'fault'
  | 'shutdown';

/** What a connection tells the protocol above it. */
export interface ConnectionHandler {
  /** The first packet; nothing is read until `admitted` or `refuse`. */
  onConnect(packet: IConnectPacket): void;
  /** Any packet after an admitted CONNECT. */
  onPacket(packet: Packet): void;
  /** True while nothing more should be read. */
  isBusy(): boolean;
  /** Something went wrong inside; the connection ends after it. */
  onFault(error: unknown): void;
  /** Called once; nothing comes after it. */
  onEnd(end: ConnectionEnd): void;
}

/** One client's socket: packets in, packets out, silence noticed, reading paused while the door is busy. */
export interface Connection {
  readonly version: number;
  readonly isOpen: boolean;
  admitted(keepAliveS: number): void;
  refuse(reason: ReasonCode): void;
  send(packet: Packet): void;
  /** Reads on when it is no longer busy. */
  proceed(): void;
  /** Says goodbye with a reason where the version can (MQTT 5) and closes. */
  end(end: ConnectionEnd, reason?: ReasonCode): void;
  /** Ends the connection when the client has been silent for too long. */
  checkSilence(): void;
}

/** Unsent bytes after which a client that does not read is not read from either. */
const unsentBytesMax = 65_536;
const lingerMs = 2000;

export function createConnection(socket: Socket, limits: MqttLimits, handler: ConnectionHandler): Connection {
  const frames = createPacketFrames(limits.packetBytesMax);
  const reader = createPacketReader();
  let state: 'new' | 'asking' | 'open' | 'ended' = 'new';
  let keepAliveMs = 0;
  let heardAt = performance.now();
  let isCorked = false;
  let isWorking = false;

  function finish(end: ConnectionEnd): void {
    if (state === 'ended') return;
    state = 'ended';
    handler.onEnd(end);
  }

  /** Sends what is left, then closes; a client that does not close its side is cut off. */
  function closeSocket(end: ConnectionEnd): void {
    finish(end);
    socket.resume(); // so that its end is noticed; what comes is not looked at
    socket.end();
    const cutOff = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(cutOff));
  }

  const connection: Connection = {
    get version() {
      return reader.version;
    },
    get isOpen() {
      return state === 'open';
    },
    admitted(keepAliveS) {
      if (state !== 'asking') return;
      state = 'open';
      keepAliveMs = keepAliveS * 1500;
      heardAt = performance.now();
    },
    refuse(reason) {
      if (state === 'ended') return;
      const returnCode = returnCodeOf(reason);
      if (reader.version === 5 || returnCode !== undefined) {
        connection.send({ cmd: 'connack', sessionPresent: false, returnCode: returnCode ?? 0, reasonCode: reason });
      }
      closeSocket('refused');
    },
    send(packet) {
      if (socket.destroyed || socket.writableEnded) return;
      if (!isCorked) {
        // Answers that are given in one turn of the event loop leave together.
        isCorked = true;
        socket.cork();
        queueMicrotask(() => {
          isCorked = false;
          socket.uncork();
        });
      }
      socket.write(generate(packet, { protocolVersion: reader.version }));
    },
    proceed() {
      work();
    },
    end(end, reason) {
      if (state === 'ended') return;
      if (state === 'open' && reader.version === 5 && reason !== undefined) {
        connection.send({ cmd: 'disconnect', reasonCode: reason });
      }
      closeSocket(end);
    },
    checkSilence() {
      const silentMs = performance.now() - heardAt;
      if (state === 'new' && silentMs > limits.connectTimeoutMs) connection.end('connect-timeout');
      // While nothing is read, the client's pings wait unread.
      if (state !== 'open' || keepAliveMs === 0 || isHeld()) return;
      if (silentMs > keepAliveMs) connection.end('keep-alive', reasons.keepAliveTimeout);
    },
  };

  function isHeld(): boolean {
    return state === 'asking' || (state === 'open' && (handler.isBusy() || socket.writableLength > unsentBytesMax));
  }

  function work(): void {
    // Answers that are given at once call back from within.
    if (isWorking) return;
    isWorking = true;
    try {
      readFrames();
    } catch (error) {
      handler.onFault(error);
      connection.end('fault', reasons.implementationError);
    } finally {
      isWorking = false;
    }
  }

  function readFrames(): void {
    while (state !== 'ended' && !isHeld()) {
      const frame = frames.next();
      if (frame === undefined) {
        socket.resume();
        return;
      }
      heardAt = performance.now();
      if (frame === 'too-large') breakOff(reasons.packetTooLarge);
      else if (frame === 'malformed') breakOff(reasons.malformedPacket);
      else take(frame);
    }
    if (state === 'ended') return;
    heardAt = performance.now();
    socket.pause();
  }

  function take(frame: Buffer): void {
    const read = reader.read(frame);
    if (!read.ok) breakOff(read.reason);
    else if (state === 'open') {
      if (read.value.cmd === 'connect') breakOff(reasons.protocolError);
      else handler.onPacket(read.value);
    } else if (read.value.cmd === 'connect') {
      state = 'asking';
      handler.onConnect(read.value);
    } else breakOff(reasons.protocolError);
  }

  /** The stream makes no sense (any more): close, with the reason where there is a way to say it. */
  function breakOff(reason: ReasonCode): void {
    if (state !== 'new') return connection.end('protocol', reason);
    if (reason === reasons.unsupportedVersion) return connection.refuse(reason);
    connection.end('protocol');
  }

  socket.on('data', (chunk: Buffer) => {
    if (state === 'ended') return;
    frames.push(chunk);
    work();
  });
  socket.on('drain', () => work());
  socket.on('end', () => connection.end('connection-lost'));
  socket.on('error', () => finish('connection-lost'));
  socket.on('close', () => finish('connection-lost'));
  return connection;
}
