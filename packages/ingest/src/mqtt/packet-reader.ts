import { parser } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import type { Outcome } from '@heliosiq/model';
import { accepted, rejected } from '@heliosiq/model';
import { packetFaultOf } from './packet-check.ts';
import { reasons } from './reason-codes.ts';
import type { ReasonCode } from './reason-codes.ts';

/** Reads whole packets of one connection; its version is that of its CONNECT. */
export interface PacketReader {
  readonly version: number;
  read(frame: Buffer): Outcome<Packet, ReasonCode>;
}

export function createPacketReader(): PacketReader {
  const packets = parser();
  let version = 4;
  let found: Packet | undefined;
  let fault: unknown;
  packets.on('packet', (packet) => (found = packet));
  packets.on('error', (error) => (fault = error));

  function parse(frame: Buffer): Packet | undefined {
    found = undefined;
    fault = undefined;
    try {
      packets.parse(frame);
    } catch (error) {
      fault = error; // bytes that end too early make it read outside its buffer
    }
    return fault === undefined ? found : undefined;
  }

  return {
    get version() {
      return version;
    },
    read(frame) {
      const packet = parse(frame);
      if (packet === undefined)
        return rejected(isOtherVersion(fault) ? reasons.unsupportedVersion : reasons.malformedPacket);
      if (packet.cmd === 'connect') version = packet.protocolVersion ?? 4;
      const broken = packetFaultOf(packet, version);
      return broken === undefined ? accepted(packet) : rejected(broken);
    },
  };
}

function isOtherVersion(fault: unknown): boolean {
  return fault instanceof Error && fault.message === 'Invalid protocol version';
}
